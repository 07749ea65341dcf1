// Decrypts a Web Push with http_ece (RFC 8188, 8291): the body by standard input, the receiver's
// private key and its shared secret, both in base64url, as arguments.
import { createECDH } from "node:crypto";
import { readFileSync } from "node:fs";

import ece from "http_ece";

const [privateKey, authSecret] = process.argv.slice(2);
const receiver = createECDH("prime256v1");
receiver.setPrivateKey(Buffer.from(privateKey, "base64url"));
const body = readFileSync(0);
const plain = ece.decrypt(body, { version: "aes128gcm", privateKey: receiver, authSecret });
process.stdout.write(plain);
