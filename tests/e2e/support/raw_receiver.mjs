// A receiver that answers with the bytes it is told to, whatever they are: no HTTP library stands between.
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { until } from './fleethook.mjs';

// `answer(request, index)` gives the bytes of an answer (text as Latin-1, or a Buffer), or what to do in a function of the
// socket; a promise of either waits. Requests are {method, url, headers, body, text, socket, nth}: `nth` of its connection,
// from 1. `sockets` has every connection ever made. With `secure` ({key, cert}) it speaks TLS.
export class RawReceiver {
  static async start(answer, { host = '127.0.0.1', port = 0, secure } = {}) {
    const self = new RawReceiver();
    self.requests = [];
    self.sockets = [];
    self.answer = answer;
    const connected = (socket) => self.#serve(socket);
    self.server = secure ? tls.createServer(secure, connected) : net.createServer(connected);
    self.server.on('tlsClientError', () => {});
    self.server.listen(port, host);
    await once(self.server, 'listening');
    self.port = self.server.address().port;
    self.url = `${secure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${self.port}`;
    return self;
  }

  #serve(socket) {
    this.sockets.push(socket);
    socket.on('error', () => {});
    let bytes = Buffer.alloc(0);
    let nth = 0;
    socket.on('data', async (more) => {
      bytes = Buffer.concat([bytes, more]);
      for (;;) {
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        const [line, ...fields] = bytes.subarray(0, end).toString('latin1').split('\r\n');
        const headers = Object.fromEntries(fields.map((field) => [field.split(':', 1)[0].toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]));
        const size = end + 4 + Number(headers['content-length'] ?? 0);
        if (bytes.length < size) return;
        const body = bytes.subarray(end + 4, size);
        bytes = bytes.subarray(size);
        const [method, url] = line.split(' ');
        const request = { method, url, headers, body: body.toString('latin1'), text: body.toString('utf8'), socket, nth: ++nth };
        this.requests.push(request);
        const answer = await this.answer(request, this.requests.length - 1);
        if (typeof answer === 'function') answer(socket);
        else if (answer !== undefined && !socket.destroyed) socket.write(answer, 'latin1');
      }
    });
  }

  to(path) {
    return this.requests.filter((request) => request.url.split('?')[0] === path);
  }

  async arrived(path, count = 1) {
    await until(`${count} requests to ${path}`, () => this.to(path).length >= count);
    return this.to(path);
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

// An answer with its right length.
export const answer = (status, body = '', headers = {}) =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status} X\r\n${Object.entries({ 'Content-Length': Buffer.byteLength(body), ...headers })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
      'latin1',
    ),
    Buffer.from(body),
  ]);
