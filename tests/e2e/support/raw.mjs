// Connections of our own to the server under test, for what no HTTP library sends; and what the server's process holds of memory.
import fs from 'node:fs';
import net from 'node:net';
import { until } from './fleethook.mjs';

export class Raw {
  // `from`: the local address to come from; `reads` false: nothing of the answers is taken.
  static async open(server, { from, reads = true } = {}) {
    const self = new Raw();
    self.text = '';
    self.closed = false;
    self.socket = net.connect({ port: server.port, host: '127.0.0.1', localAddress: from, noDelay: true });
    self.socket.on('error', () => {});
    self.socket.on('close', () => (self.closed = true));
    if (reads) self.socket.on('data', (chunk) => (self.text += chunk.toString('latin1')));
    await new Promise((resolve) => {
      self.socket.once('connect', resolve);
      self.socket.once('close', resolve);
    });
    return self;
  }

  static head(method, target, headers = {}) {
    const lines = Object.entries({ Host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
  }

  // Resolves when all of it has gone to the kernel, or nobody takes it any more.
  write(bytes) {
    return new Promise((resolve) => {
      if (this.closed || !this.socket.writable) return resolve();
      this.socket.once('close', resolve);
      this.socket.write(bytes, () => {
        this.socket.removeListener('close', resolve);
        resolve();
      });
    });
  }
  // Sends `size` bytes in pieces, until there is an answer.
  async pour(size, piece = Buffer.alloc(64 * 1024, 'a')) {
    for (let sent = 0; sent < size && this.text === '' && !this.closed; sent += piece.length) {
      await this.write(piece.subarray(0, Math.min(piece.length, size - sent)));
      await new Promise(setImmediate); // so that what came is seen
    }
  }

  get status() {
    return this.text === '' ? undefined : Number(this.text.split(' ')[1]);
  }
  answer() {
    return until('an answer', () => this.status, 60000);
  }
  close() {
    this.socket.destroy();
  }
}

const field = (server, name) => Number(new RegExp(`${name}:\\s*(\\d+)`).exec(fs.readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))[1]) / 1024;
// Of the server's process, in MiB: what it holds now, and the most that it ever held.
export const resident = (server) => field(server, 'VmRSS');
export const mostResident = (server) => field(server, 'VmHWM');
