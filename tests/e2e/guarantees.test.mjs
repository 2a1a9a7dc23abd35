// docs/guarantees.md promises nothing that no test holds: each row of its tables names tests that exist.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClaimsPage } from './support/claims.mjs';

const page = new ClaimsPage('docs/guarantees.md');

describe('the promises of docs/guarantees.md', () => {
  test('are sentences in tables of three columns', () => {
    for (const { at, cells } of page.rows) {
      assert.equal(cells.length, 3, `${at}: ${cells.length} columns; a bar in a text is written otherwise`);
      assert.ok(/[.]$/.test(cells[0]), `${at}: a promise is a sentence`);
      assert.ok(cells[1] === '' || cells[1].endsWith('.'), `${at}: so is how far it goes`);
    }
  });

  test('each name a test that exists', () => {
    const tests = page.checkTests();
    assert.ok(page.rows.length >= 30 && tests >= 50, `${page.rows.length} rows and ${tests} tests: is the page read right?`);
  });

  test('stand in every section but the one that says what is not promised', () => {
    assert.deepEqual(page.sectionsWithoutClaims(), ['What is not promised']);
  });

  test('links of the page lead somewhere', () => page.checkLinks());
});
