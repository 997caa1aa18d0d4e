// Sign a request to AutoPay's API with nothing but Java's own library (17 and newer). Send the headers that it returns.

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Sign {
    // Cut by hand: java.net.URI would let one sign another form of the path than is sent.
    private static final Pattern URL = Pattern.compile("(?i)(https?)://([^/?#]+)([^?#]*)\\??([^#]*).*");

    /** `body` and `idempotencyKey` are null where there is none. */
    public static Map<String, String> sign(
            String method, String url, String keyId, String secret, String user, byte[] body, String idempotencyKey)
            throws GeneralSecurityException {
        Matcher parts = URL.matcher(url);
        if (!parts.matches()) throw new IllegalArgumentException("not an address: " + url);
        String usualPort = parts.group(1).equalsIgnoreCase("https") ? ":443$" : ":80$";
        Map<String, String> covered = new LinkedHashMap<>();
        covered.put("@method", method.toUpperCase());
        covered.put("@authority", parts.group(2).toLowerCase().replaceFirst(usualPort, ""));
        covered.put("@path", parts.group(3).isEmpty() ? "/" : parts.group(3));
        covered.put("@query", "?" + parts.group(4));
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("AutoPay-User", user);
        if (body != null) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
            headers.put("Content-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":");
            covered.put("content-digest", headers.get("Content-Digest"));
        }
        covered.put("autopay-user", user);
        if (idempotencyKey != null) {
            headers.put("Idempotency-Key", idempotencyKey);
            covered.put("idempotency-key", idempotencyKey);
        }

        List<String> names = new ArrayList<>();
        StringBuilder base = new StringBuilder();
        covered.forEach((name, value) -> {
            names.add('"' + name + '"');
            base.append('"').append(name).append("\": ").append(value).append('\n');
        });
        String parameters = "(%s);created=%d;keyid=\"%s\";nonce=\"%s\";alg=\"hmac-sha256\"".formatted(
                String.join(" ", names), Instant.now().getEpochSecond(), keyId, UUID.randomUUID());
        base.append("\"@signature-params\": ").append(parameters);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] signature = mac.doFinal(base.toString().getBytes(StandardCharsets.UTF_8));
        headers.put("Signature-Input", "sig1=" + parameters);
        headers.put("Signature", "sig1=:" + Base64.getEncoder().encodeToString(signature) + ":");
        return headers;
    }
}
