// docs/security.md claims nothing that no test holds: each row of its tables names tests that exist, in files and folders that exist.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { repository } from '../support/fleethook.mjs';

const page = 'docs/security.md';
const text = fs.readFileSync(path.join(repository, page), 'utf8');
const there = (name) => fs.existsSync(path.join(repository, name));

// Rows of the tables whose last column is `tests`, with the section they stand in.
function claims() {
  const found = [];
  let section;
  let inTable = false;
  text.split('\n').forEach((line, index) => {
    if (line.startsWith('## ')) section = line.slice(3);
    if (!line.startsWith('|')) {
      inTable = false;
      return;
    }
    const cells = line.slice(1, line.lastIndexOf('|')).split('|').map((cell) => cell.trim());
    if (cells.at(-1) === 'tests') inTable = true;
    else if (inTable && !/^-+$/.test(cells[0])) found.push({ at: `${page}:${index + 1}`, section, cells });
  });
  return found;
}

// The names of the tests in a file. What a name takes from a table (`${...}`) is an ellipsis on the page.
function namesIn(file) {
  const source = fs.readFileSync(path.join(repository, file), 'utf8');
  if (file.endsWith('.cc')) return [...source.matchAll(/^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)/gm)].map(([, suite, name]) => `${suite}.${name}`);
  return [...source.matchAll(/\btest\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g)].map(([, single, double, template]) =>
    (single ?? double ?? template.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…')).replace(/\\(.)/g, '$1'),
  );
}

const rows = claims();

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
    let tests = 0;
    for (const { at, cells } of rows) {
      const files = [...cells[4].matchAll(/`([^`]+)`((?: "[^"]+")+)/g)];
      assert.ok(files.length > 0, `${at} names no test`);
      assert.equal(files.map(([whole]) => whole).join('; '), cells[4], `${at}: tests are \`file\` "name" "name"; \`file\` "name"`);
      for (const [, file, quoted] of files) {
        assert.ok(/^(tests\/.*\.test\.mjs|(src|tests)\/.*_test\.cc)$/.test(file) && there(file), `${at}: there is no ${file}`);
        const names = namesIn(file);
        for (const [, name] of quoted.matchAll(/"([^"]+)"/g)) {
          assert.ok(names.includes(name), `${at}: ${file} has no test "${name}"`);
          ++tests;
        }
      }
    }
    assert.ok(rows.length >= 50 && tests >= 80, `${rows.length} rows and ${tests} tests: is the page read right?`);
  });

  test('every section has one but those that claim nothing', () => {
    const sections = [...text.matchAll(/^## (.*)$/gm)].map(([, name]) => name);
    const without = sections.filter((name) => !rows.some((row) => row.section === name));
    assert.deepEqual(without, ['Who and what', 'What is not defended', 'Hardening a deployment', 'Reporting a weakness']);
  });

  test('links of the page lead somewhere', () => {
    for (const [, target] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) assert.ok(there(path.join('docs', target)), `${page} links to ${target}`);
  });
});
