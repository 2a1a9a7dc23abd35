// Pages that claim nothing that no test holds: tables whose last column is `tests`. A row there names tests that exist, in files that exist:
//   `file` "name" "name"; `file` "name"
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { repository } from './fleethook.mjs';

export const there = (name) => fs.existsSync(path.join(repository, name));

// The names of the tests in a file. What a name takes from a table (`${...}`) is an ellipsis on the page.
function namesIn(file) {
  const source = fs.readFileSync(path.join(repository, file), 'utf8');
  if (!file.endsWith('.mjs')) return [...source.matchAll(/^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)/gm)].map(([, suite, name]) => `${suite}.${name}`);
  return [...source.matchAll(/\btest\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g)].map(([, single, double, template]) =>
    (single ?? double ?? template.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…')).replace(/\\(.)/g, '$1'),
  );
}

export class ClaimsPage {
  // `name`: from the root of the repository.
  constructor(name) {
    this.name = name;
    this.text = fs.readFileSync(path.join(repository, name), 'utf8');
    this.sections = [...this.text.matchAll(/^## (.*)$/gm)].map(([, section]) => section);
    this.rows = []; // {at, section, cells}
    let section;
    let inTable = false;
    this.text.split('\n').forEach((line, index) => {
      if (line.startsWith('## ')) section = line.slice(3);
      if (!line.startsWith('|')) {
        inTable = false;
        return;
      }
      const cells = line.slice(1, line.lastIndexOf('|')).split('|').map((cell) => cell.trim());
      if (cells.at(-1) === 'tests') inTable = true;
      else if (inTable && !/^-+$/.test(cells[0])) this.rows.push({ at: `${name}:${index + 1}`, section, cells });
    });
  }

  sectionsWithoutClaims() {
    return this.sections.filter((section) => !this.rows.some((row) => row.section === section));
  }

  // Fails unless every row names tests that exist. Gives how many.
  checkTests() {
    let tests = 0;
    for (const { at, cells } of this.rows) {
      const cell = cells.at(-1);
      const files = [...cell.matchAll(/`([^`]+)`((?: "[^"]+")+)/g)];
      assert.ok(files.length > 0, `${at} names no test`);
      assert.equal(files.map(([whole]) => whole).join('; '), cell, `${at}: tests are \`file\` "name" "name"; \`file\` "name"`);
      for (const [, file, quoted] of files) {
        assert.ok(/^(tests\/.*\.test\.mjs|(src|tests)\/.*(_test\.cc|_contract\.h))$/.test(file) && there(file), `${at}: there is no ${file}`);
        const names = namesIn(file);
        for (const [, name] of quoted.matchAll(/"([^"]+)"/g)) {
          assert.ok(names.includes(name), `${at}: ${file} has no test "${name}"`);
          ++tests;
        }
      }
    }
    return tests;
  }

  checkLinks() {
    for (const [, target] of this.text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) assert.ok(there(path.join(path.dirname(this.name), target)), `${this.name} links to ${target}`);
  }
}
