// docs/security.md claims nothing that no test holds: each row of its tables names tests that exist, in files and folders that exist.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClaimsPage, there } from '../support/claims.mjs';

const page = new ClaimsPage('docs/security.md');
const { rows, text } = page;

describe('the claims of docs/security.md', () => {
  test('each name somebody and something of the page\'s own words', () => {
    const who = [...text.slice(text.indexOf('\n## Who and what'), text.indexOf('What they might want')).matchAll(/^\| ([^|]+) \|/gm)].map(([, name]) => name).slice(1);
    assert.ok(who.includes('anonymous') && who.includes('copy of the disk'), String(who));
    for (const { at, cells } of rows) {
      assert.equal(cells.length, 5, `${at}: ${cells.length} columns; a bar in a text is written otherwise`);
      assert.ok(who.includes(cells[0]), `${at}: ${cells[0]} is none of ${who}`);
      assert.ok(['read', 'change', 'stop', 'spend'].includes(cells[1]), `${at}: ${cells[1]}`);
      assert.ok(cells[2].endsWith('.'), `${at}: a claim is a sentence`);
    }
  });

  test('each say which folder of the source holds them', () => {
    for (const { at, cells } of rows) {
      const folders = [...cells[3].matchAll(/`((?:src\/|console|tools|demo)[^`]*)`/g)].map(([, name]) => name);
      assert.ok(folders.length > 0, `${at} names no folder`);
      for (const folder of folders) assert.ok(there(folder), `${at}: there is no ${folder}`);
    }
  });

  test('each name a test that exists', () => {
    const tests = page.checkTests();
    assert.ok(rows.length >= 50 && tests >= 80, `${rows.length} rows and ${tests} tests: is the page read right?`);
  });

  test('every section has one but those that claim nothing', () => {
    assert.deepEqual(page.sectionsWithoutClaims(), ['Who and what', 'What is not defended', 'Hardening a deployment', 'Reporting a weakness']);
  });

  test('links of the page lead somewhere', () => page.checkLinks());
});
