// Compresses the pages once, when the image is built: OUT/plain with .gz beside each file, OUT/brotli under the same names.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [dist, out] = process.argv.slice(2);
const [plain, brotli] = [join(out, 'plain'), join(out, 'brotli')];
for (const folder of [plain, brotli]) cpSync(dist, folder, { recursive: true });

for (const name of readdirSync(plain, { recursive: true })) {
  if (!/\.(css|html|js|json|svg)$/.test(name)) continue;
  const bytes = readFileSync(join(plain, name));
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(join(plain, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(brotli, name), brotliCompressSync(bytes, { params }));
}
