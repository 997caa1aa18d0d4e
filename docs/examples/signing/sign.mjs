// Sign a request to AutoPay's API with nothing but WebCrypto: browsers, Deno, Bun, Node 18 and newer.
//
//     node sign.mjs < request.json
//
// The request: method, url, key_id, secret, user, and if there is one body (text, sent as UTF-8) and idempotency_key.
// created (seconds) and nonce are made unless given. Prints the headers to send, as JSON.

const webcrypto = globalThis.crypto ?? (await import("node:crypto")).webcrypto;
const bytes = (text) => new TextEncoder().encode(text);
const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));

export async function sign(request) {
  // Cut by hand: URL would decode and encode what has to be signed as it is sent.
  const [, scheme, authority, path, query] = /^(https?):\/\/([^/?#]+)([^?#]*)\??([^#]*)/i.exec(request.url);
  const usual = scheme.toLowerCase() === "https" ? /:443$/ : /:80$/;
  const covered = new Map([
    ["@method", request.method.toUpperCase()],
    ["@authority", authority.toLowerCase().replace(usual, "")],
    ["@path", path || "/"],
    ["@query", `?${query}`],
  ]);
  const headers = { "AutoPay-User": request.user };
  if (request.body !== undefined) {
    const digest = await webcrypto.subtle.digest("SHA-256", bytes(request.body));
    headers["Content-Digest"] = `sha-256=:${base64(digest)}:`;
    covered.set("content-digest", headers["Content-Digest"]);
  }
  covered.set("autopay-user", request.user);
  if (request.idempotency_key !== undefined) {
    headers["Idempotency-Key"] = request.idempotency_key;
    covered.set("idempotency-key", request.idempotency_key);
  }

  const names = [...covered.keys()].map((name) => `"${name}"`).join(" ");
  const created = request.created ?? Math.floor(Date.now() / 1000);
  const nonce = request.nonce ?? webcrypto.randomUUID();
  const parameters = `(${names});created=${created};keyid="${request.key_id}";nonce="${nonce}";alg="hmac-sha256"`;
  const base = [...covered].map(([name, value]) => `"${name}": ${value}`);
  base.push(`"@signature-params": ${parameters}`);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await webcrypto.subtle.importKey("raw", bytes(request.secret), algorithm, false, ["sign"]);
  const signature = await webcrypto.subtle.sign("HMAC", key, bytes(base.join("\n")));
  headers["Signature-Input"] = `sig1=${parameters}`;
  headers["Signature"] = `sig1=:${base64(signature)}:`;
  return headers;
}

// Only where it is run as a program, and not imported.
const program = globalThis.process?.argv?.[1];
const address = program && (await import("node:url")).pathToFileURL((await import("node:fs")).realpathSync(program)).href;
if (address === import.meta.url) {
  let text = "";
  for await (const piece of process.stdin) text += piece;
  console.log(JSON.stringify(await sign(JSON.parse(text)), null, 2));
}
