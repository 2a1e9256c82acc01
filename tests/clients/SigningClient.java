import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertPathValidator;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.xml.crypto.dom.DOMStructure;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.ExcC14NParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * Signs SOAP messages as Java clients do, sends them, and checks what comes back with the platform's own XML signatures.
 *
 * `SigningClient <password> <ca.pem> <url> <style>=<p12>... -- <message file>...` has each style send all messages,
 * and prints a line for each: style, status, what the answer's signature says (`signed`, `unsigned`, or why not), and
 * the answer as base64.
 *
 * Styles: `connector` is the reference connector (RSA-SHA1, PKIPath, exclusive canonicalisation with prefix lists, Body
 * only); `modern` has SHA-256 and one X.509 certificate; `plain` is an XML Signature in the Header with the bare key,
 * inclusive. The second and third take their algorithm from the key.
 */
class SigningClient {
    static final String SOAP = "http://schemas.xmlsoap.org/soap/envelope/";
    static final String OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss";
    static final String WSSE = OASIS + "-wssecurity-secext-1.0.xsd";
    static final String WSU = OASIS + "-wssecurity-utility-1.0.xsd";
    static final String TOKEN = OASIS + "-x509-token-profile-1.0#";
    static final String BASE64 = OASIS + "-soap-message-security-1.0#Base64Binary";
    static final String RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    static final String MORE = "http://www.w3.org/2001/04/xmldsig-more#";
    static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");
    static final HttpClient HTTP = HttpClient.newHttpClient();

    final String style;
    final PrivateKey key;
    final List<X509Certificate> chain = new ArrayList<>();
    final X509Certificate root;

    SigningClient(String style, Path store, char[] password, Path ca) throws Exception {
        this.style = style;
        KeyStore own = KeyStore.getInstance(store.toFile(), password);
        String alias = own.aliases().nextElement();
        key = (PrivateKey) own.getKey(alias, password);
        for (Certificate one : own.getCertificateChain(alias)) {
            chain.add((X509Certificate) one);
        }
        try (InputStream pem = Files.newInputStream(ca)) {
            root = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
        }
    }

    public static void main(String[] given) throws Exception {
        List<String> arguments = List.of(given);
        int parted = arguments.indexOf("--");
        for (String one : arguments.subList(3, parted)) {
            String[] named = one.split("=", 2);
            SigningClient self = new SigningClient(named[0], Path.of(named[1]), given[0].toCharArray(), Path.of(given[1]));
            for (String file : arguments.subList(parted + 1, given.length)) {
                self.ask(URI.create(given[2]), self.signed(Files.readAllBytes(Path.of(file))));
            }
        }
    }

    void ask(URI url, byte[] message) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(url)
            .header("Content-Type", "text/xml;charset=UTF-8").header("SOAPAction", "\"\"")
            .POST(HttpRequest.BodyPublishers.ofByteArray(message)).build();
        HttpResponse<byte[]> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
        System.out.println(style + " " + answer.statusCode() + " " + judged(answer.body()) + " "
            + Base64.getEncoder().encodeToString(answer.body()));
    }

    byte[] signed(byte[] message) throws Exception {
        Document document = parsed(message);
        Element header = child(document.getDocumentElement(), SOAP, "Header");
        Element body = child(document.getDocumentElement(), SOAP, "Body");
        Node place = header;
        if (style.equals("plain")) {
            body.setAttribute("Id", "Body");
            body.setIdAttribute("Id", true);
        } else {
            Element security = document.createElementNS(WSSE, "wsse:Security");
            security.setAttributeNS("http://www.w3.org/2000/xmlns/", "xmlns:wsu", WSU);
            security.setAttributeNS("http://www.w3.org/2000/xmlns/", "xmlns:s", SOAP);
            security.setAttributeNS(SOAP, "s:mustUnderstand", "1");
            header.appendChild(security);
            security.appendChild(token(document));
            body.setAttributeNS("http://www.w3.org/2000/xmlns/", "xmlns:wsu", WSU);
            body.setAttributeNS(WSU, "wsu:Id", "id-1234");
            body.setIdAttributeNS(WSU, "Id", true);
            place = security;
        }
        DOMSignContext context = new DOMSignContext(key, place);
        if (!style.equals("plain")) {
            context.setDefaultNamespacePrefix("ds");
        }
        FACTORY.newXMLSignature(signedInfo(), keyInfo(document)).sign(context);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), new StreamResult(out));
        return out.toByteArray();
    }

    SignedInfo signedInfo() throws Exception {
        boolean isConnector = style.equals("connector");
        boolean isPlain = style.equals("plain");
        String algorithm = isConnector ? RSA_SHA1 : MORE + (key.getAlgorithm().equals("RSA") ? "rsa-sha256" : "ecdsa-sha256");
        String c14n = isPlain ? CanonicalizationMethod.INCLUSIVE : CanonicalizationMethod.EXCLUSIVE;
        C14NMethodParameterSpec outer = isConnector ? new ExcC14NParameterSpec(List.of("soapenv", "web")) : null;
        TransformParameterSpec inner = isPlain ? null : new ExcC14NParameterSpec(List.of(isConnector ? "web" : "#default"));
        Reference body = FACTORY.newReference(
            isPlain ? "#Body" : "#id-1234",
            FACTORY.newDigestMethod(isConnector ? DigestMethod.SHA1 : DigestMethod.SHA256, null),
            List.of(FACTORY.newTransform(c14n, inner)), null, null);
        return FACTORY.newSignedInfo(
            FACTORY.newCanonicalizationMethod(c14n, outer), FACTORY.newSignatureMethod(algorithm, null), List.of(body));
    }

    KeyInfo keyInfo(Document document) throws Exception {
        KeyInfoFactory keys = FACTORY.getKeyInfoFactory();
        if (style.equals("plain")) {
            return keys.newKeyInfo(List.of(
                keys.newKeyValue(chain.get(0).getPublicKey()), keys.newX509Data(List.of(chain.get(0)))));
        }
        Element holder = document.createElementNS(WSSE, "wsse:SecurityTokenReference");
        Element reference = document.createElementNS(WSSE, "wsse:Reference");
        reference.setAttribute("URI", "#X509-1234");
        reference.setAttribute("ValueType", kind());
        holder.appendChild(reference);
        return keys.newKeyInfo(List.of(new DOMStructure(holder)));
    }

    Element token(Document document) throws Exception {
        byte[] encoded = style.equals("connector")
            ? CertificateFactory.getInstance("X.509").generateCertPath(chain).getEncoded("PkiPath")
            : chain.get(0).getEncoded();
        Element token = document.createElementNS(WSSE, "wsse:BinarySecurityToken");
        token.setAttribute("EncodingType", BASE64);
        token.setAttribute("ValueType", kind());
        token.setAttributeNS(WSU, "wsu:Id", "X509-1234");
        token.setTextContent(Base64.getMimeEncoder().encodeToString(encoded));
        return token;
    }

    String kind() {
        return TOKEN + (style.equals("connector") ? "X509PKIPathv1" : "X509v3");
    }

    /** Secure validation is on, as it is by default since JDK 17: no SHA-1, no tricks. */
    String judged(byte[] answer) throws Exception {
        Document document = parsed(answer);
        Element envelope = document.getDocumentElement();
        Element body = child(envelope, SOAP, "Body");
        NodeList found = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        if (found.getLength() == 0) {
            return "unsigned";
        }
        if (!body.getAttributeNS(WSU, "Id").equals("Body")) {
            return "no-id";
        }
        body.setIdAttributeNS(WSU, "Id", true);
        Element security = child(child(envelope, SOAP, "Header"), WSSE, "Security");
        List<X509Certificate> path = path(child(security, WSSE, "BinarySecurityToken"));
        validate(path);
        DOMValidateContext context = new DOMValidateContext(path.get(0).getPublicKey(), found.item(0));
        context.setProperty("org.jcp.xml.dsig.secureValidation", true);
        XMLSignature signature = FACTORY.unmarshalXMLSignature(context);
        List<Reference> references = signature.getSignedInfo().getReferences();
        boolean isBody = references.size() == 1 && references.get(0).getURI().equals("#Body");
        return signature.validate(context) && isBody ? "signed" : "invalid";
    }

    /** Signer first; what is not in the message the caller has from elsewhere: it trusts the same authority. */
    List<X509Certificate> path(Element token) throws Exception {
        byte[] encoded = Base64.getMimeDecoder().decode(token.getTextContent());
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> path = new ArrayList<>();
        if (token.getAttribute("ValueType").endsWith("#X509PKIPathv1")) {
            for (Certificate one : factory.generateCertPath(new ByteArrayInputStream(encoded), "PkiPath").getCertificates()) {
                path.add((X509Certificate) one);
            }
        } else {
            path.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(encoded)));
            path.add(chain.get(1));
        }
        return path;
    }

    void validate(List<X509Certificate> path) throws Exception {
        List<X509Certificate> below = new ArrayList<>(path);
        below.remove(root);
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setRevocationEnabled(false);
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        CertPathValidator.getInstance("PKIX").validate(factory.generateCertPath(below), parameters);
        if (!path.get(0).getSubjectX500Principal().getName().contains("CN=magda-sim answers")) {
            throw new IllegalStateException("the signer is not the gateway");
        }
    }

    static Document parsed(byte[] text) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(text));
    }

    static Element child(Element parent, String namespace, String name) {
        for (Node one = parent.getFirstChild(); one != null; one = one.getNextSibling()) {
            if (one instanceof Element && namespace.equals(one.getNamespaceURI()) && name.equals(one.getLocalName())) {
                return (Element) one;
            }
        }
        throw new IllegalStateException("no " + name);
    }
}
