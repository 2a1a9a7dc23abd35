// Compresses the files of a built console and writes the table of them as C++: pack_console.mjs DIST PACKED TABLE
// The bytes are taken in by the assembler (.incbin), so the table compiles at once, however large the files.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const [dist, packed, table] = process.argv.slice(2).map((name) => path.resolve(name));

const text = (type) => ({ type: `${type}; charset=utf-8`, compress: true });
const types = {
  '.html': text('text/html'),
  '.js': text('text/javascript'),
  '.mjs': text('text/javascript'),
  '.css': text('text/css'),
  '.txt': text('text/plain'),
  '.json': { type: 'application/json', compress: true },
  '.map': { type: 'application/json', compress: true },
  '.webmanifest': { type: 'application/manifest+json', compress: true },
  '.svg': { type: 'image/svg+xml', compress: true },
  '.ico': { type: 'image/x-icon', compress: true },
  '.ttf': { type: 'font/ttf', compress: true },
  '.woff': { type: 'font/woff', compress: false },
  '.woff2': { type: 'font/woff2', compress: false },
  '.png': { type: 'image/png', compress: false },
  '.jpg': { type: 'image/jpeg', compress: false },
  '.webp': { type: 'image/webp', compress: false },
};

function filesOf(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? filesOf(name) : [name];
  });
}

const brotli = (bytes) =>
  zlib.brotliCompressSync(bytes, {
    params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
const gzip = (bytes) => zlib.gzipSync(bytes, { level: 9 });

fs.mkdirSync(packed, { recursive: true });
const blobs = []; // {file, size}, by number
function blob(hash, extension, bytes) {
  const file = path.join(packed, hash + extension);
  fs.writeFileSync(file, bytes);
  blobs.push({ file, size: bytes.length });
  return `bytes(fleethook_console_${blobs.length - 1}, ${bytes.length})`;
}

const rows = [];
for (const name of filesOf(dist)) {
  const known = types[path.extname(name)];
  if (!known) throw new Error(`${name}: tools/pack_console.mjs knows no content type for it`);
  const bytes = fs.readFileSync(name);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 24);
  const compressed = (extension, compress) => {
    const smaller = known.compress ? compress(bytes) : bytes;
    return smaller.length < bytes.length ? blob(hash, extension, smaller) : '{}';
  };
  const target = `/${path.relative(dist, name).split(path.sep).join('/')}`;
  const immutable = target.startsWith('/assets/');
  if (immutable && !/-[\w-]{8,}\.\w+$/.test(target)) throw new Error(`${target}: a file below /assets has a hash in its name`);
  const plain = blob(hash, '.bin', bytes);
  rows.push({
    target,
    row: `    {${JSON.stringify(target)}, ${JSON.stringify(known.type)}, "${hash}", ${immutable},\n     ${plain}, ${compressed('.br', brotli)}, ${compressed('.gz', gzip)}},`,
  });
}
if (!rows.some(({ target }) => target === '/index.html')) throw new Error(`${dist}: there is no index.html`);
rows.sort((a, b) => Buffer.compare(Buffer.from(a.target), Buffer.from(b.target)));

const quoted = (name) => JSON.stringify(JSON.stringify(name)).slice(1, -1);
const source = `// Written by tools/pack_console.mjs.
#include "console_files/console_files.h"

asm(".pushsection .rodata\\n"
${blobs.map(({ file }, n) => `    "fleethook_console_${n}: .incbin ${quoted(file)}\\n"`).join('\n')}
    ".popsection\\n");

extern "C" {
${blobs.map((_, n) => `extern const char fleethook_console_${n}[];`).join('\n')}
}

namespace fleethook::console_files {
namespace {

constexpr std::string_view bytes(const char* begin, std::size_t size) { return {begin, size}; }

const File kFiles[] = {
${rows.map(({ row }) => row).join('\n')}
};

}  // namespace

Table embedded() { return kFiles; }

}  // namespace fleethook::console_files
`;
fs.writeFileSync(table, source);
