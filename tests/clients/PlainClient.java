import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A stock Java client without TLS, which offers HTTP/2 first: `PlainClient <url> <token> <body>` prints two statuses. */
class PlainClient {
    public static void main(String[] given) throws Exception {
        HttpClient client = HttpClient.newBuilder().build();
        HttpRequest request = HttpRequest.newBuilder(URI.create(given[0]))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + given[1])
            .POST(HttpRequest.BodyPublishers.ofString(given[2])).build();
        for (int turn = 0; turn < 2; turn++) {
            System.out.println(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
        }
    }
}
