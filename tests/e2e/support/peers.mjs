// Requests from addresses of our choice: all of 127.0.0.0/8 is this machine.
import http from 'node:http';

const form = 'application/x-www-form-urlencoded';

// -> {status, headers, body}. `body` is sent as JSON, or as a form when it is URLSearchParams.
export function askFrom(address, fleethook, method, target, body, token) {
  const isForm = body instanceof URLSearchParams;
  const text = body === undefined ? '' : isForm ? body.toString() : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = http.request(fleethook.url + target, {
      method,
      localAddress: address,
      agent: false,
      headers: { 'content-type': isForm ? form : 'application/json', 'content-length': Buffer.byteLength(text), ...(token ? { authorization: `Bearer ${token}` } : {}) },
    }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(Buffer.concat(chunks).toString()) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(text);
  });
}

export const tokenFrom = (address, fleethook, username, password) =>
  askFrom(address, fleethook, 'POST', '/oauth/token', new URLSearchParams({ grant_type: 'password', username, password }));
export const sessionFrom = (address, fleethook, username, password) => askFrom(address, fleethook, 'POST', '/v1/session', { username, password });
