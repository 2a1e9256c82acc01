import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Java client of nothing but the JDK: `OAuthClient <pem> <client id> <base url> <path> <body>` prints status and body. */
class OAuthClient {
    static final String TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public static void main(String[] given) throws Exception {
        String endpoint = given[2] + "/oauth/token";
        String form = "grant_type=client_credentials&client_assertion_type=" + encoded(TYPE)
            + "&client_assertion=" + assertion(key(given[0]), given[1], endpoint);
        String told = post(endpoint, "application/x-www-form-urlencoded", form, null).body();
        Matcher token = Pattern.compile("\"access_token\":\"([^\"]+)\"").matcher(told);
        if (!token.find()) {
            System.out.println(told);
            return;
        }
        HttpResponse<String> answer = post(given[2] + given[3], "application/json", given[4], token.group(1));
        System.out.println(answer.statusCode());
        System.out.println(answer.body());
    }

    static String assertion(PrivateKey key, String client, String endpoint) throws Exception {
        long now = Instant.now().getEpochSecond();
        String claims = String.format(
            "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"jti\":\"%s\",\"iat\":%d,\"exp\":%d}",
            client, client, endpoint, UUID.randomUUID(), now, now + 60);
        String signed = base64("{\"alg\":\"ES256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8))
            + "." + base64(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initSign(key);
        signature.update(signed.getBytes(StandardCharsets.UTF_8));
        return signed + "." + base64(signature.sign());
    }

    static PrivateKey key(String pem) throws Exception {
        String text = Files.readString(Path.of(pem)).replaceAll("-----[A-Z ]+-----|\\s", "");
        byte[] der = Base64.getDecoder().decode(text);
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    static HttpResponse<String> post(String url, String type, String body, String token) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).header("Content-Type", type);
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return HttpClient.newHttpClient().send(
            request.POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
    }

    static String base64(byte[] raw) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(raw);
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
