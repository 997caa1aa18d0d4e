// Sign a request to AutoPay's API with nothing but .NET's own library (6 and newer). Send the headers that it returns.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

public static class AutoPay
{
    // Cut by hand: System.Uri would let one sign another form of the path than is sent.
    private static readonly Regex Address = new(@"^(https?)://([^/?#]+)([^?#]*)\??([^#]*)", RegexOptions.IgnoreCase);

    /// <summary>`body` and `idempotencyKey` are null where there is none.</summary>
    public static Dictionary<string, string> Sign(
        string method, string url, string keyId, string secret, string user, byte[]? body = null,
        string? idempotencyKey = null)
    {
        var parts = Address.Match(url);
        if (!parts.Success) throw new ArgumentException($"not an address: {url}");
        var usualPort = parts.Groups[1].Value.ToLowerInvariant() == "https" ? ":443$" : ":80$";
        var path = parts.Groups[3].Value;
        var covered = new List<(string Name, string Value)>
        {
            ("@method", method.ToUpperInvariant()),
            ("@authority", Regex.Replace(parts.Groups[2].Value.ToLowerInvariant(), usualPort, "")),
            ("@path", path == "" ? "/" : path),
            ("@query", "?" + parts.Groups[4].Value),
        };
        var headers = new Dictionary<string, string> { ["AutoPay-User"] = user };
        if (body != null)
        {
            headers["Content-Digest"] = $"sha-256=:{Convert.ToBase64String(SHA256.HashData(body))}:";
            covered.Add(("content-digest", headers["Content-Digest"]));
        }
        covered.Add(("autopay-user", user));
        if (idempotencyKey != null)
        {
            headers["Idempotency-Key"] = idempotencyKey;
            covered.Add(("idempotency-key", idempotencyKey));
        }

        var names = string.Join(" ", covered.Select(each => $"\"{each.Name}\""));
        var created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var parameters = $"({names});created={created};keyid=\"{keyId}\";nonce=\"{Guid.NewGuid()}\";alg=\"hmac-sha256\"";
        var lines = covered.Select(each => $"\"{each.Name}\": {each.Value}");
        var signed = string.Join("\n", lines.Append($"\"@signature-params\": {parameters}"));
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(signed));
        headers["Signature-Input"] = $"sig1={parameters}";
        headers["Signature"] = $"sig1=:{Convert.ToBase64String(signature)}:";
        return headers;
    }
}
