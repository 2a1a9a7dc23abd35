// Mustache tags in a text, with their places, and what is wrong with them in the server's words. Follows the server's
// own scanner, so what is marked here is what would be refused there. Pure.

export type TagKind = "name" | "raw" | "open" | "inverted" | "close" | "comment" | "partial" | "delimiters";
export interface Tag {
  kind: TagKind;
  name: string;
  from: number;
  to: number;
  nameFrom: number;
  // The sections around it, outermost first.
  within: string[];
}
export interface TemplateProblem {
  from: number;
  to: number;
  message: string;
}
export interface Scan {
  tags: Tag[];
  problem: TemplateProblem | null;
}

const kKinds: Record<string, TagKind> = {
  "#": "open",
  "^": "inverted",
  "/": "close",
  ">": "partial",
  "{": "raw",
  "&": "raw",
  "!": "comment",
  "=": "delimiters",
};
const kSectionsDepthMax = 32;

function quoted(name: string): string {
  return name.length <= 64 ? `'${name}'` : `'${name.slice(0, 64)}...'`;
}

export function scanTemplate(text: string): Scan {
  const tags: Tag[] = [];
  const sections: Tag[] = [];
  let open = "{{";
  let close = "}}";
  let at = 0;
  const fail = (from: number, to: number, message: string): Scan => ({ tags, problem: { from, to, message } });
  const spaces = () => {
    while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  };
  for (;;) {
    const from = text.indexOf(open, at);
    if (from < 0) break;
    at = from + open.length;
    spaces();
    const sign = text.charAt(at);
    const kind = kKinds[sign] ?? "name";
    if (kind !== "name") at += 1;
    spaces();
    const nameFrom = at;
    // A tag ends at its mark; {{{x}}} at three braces, a change of delimiters at "=" and then at the mark.
    const mark = kind === "delimiters" ? "=" : sign === "{" ? `}${close}` : close;
    const end = text.indexOf(mark, at);
    const after = end < 0 ? -1 : kind === "delimiters" ? text.indexOf(close, end + 1) : end;
    if (after < 0) {
      const line = text.indexOf("\n", from);
      const shown = Math.min(line < 0 ? text.length : line, from + 40);
      return fail(from, Math.max(shown, from + 2), `the tag is never closed: '${close}' is missing`);
    }
    at = after + (kind === "delimiters" ? close.length : mark.length);
    const name = text.slice(nameFrom, end).trimEnd();
    const tag: Tag = { kind, name, from, to: at, nameFrom, within: sections.map((one) => one.name) };
    tags.push(tag);
    if (kind === "delimiters") {
      const words = name.split(/\s+/).filter(Boolean);
      if (words.length < 2) {
        return fail(from, at, "new delimiters are written as two words: {{=<% %>=}}");
      }
      open = words[0] as string;
      close = words[1] as string;
    } else if (kind === "open" || kind === "inverted") {
      sections.push(tag);
      if (sections.length > kSectionsDepthMax) {
        return fail(from, at, `more than ${kSectionsDepthMax} sections inside each other`);
      }
    } else if (kind === "close") {
      const opened = sections.pop();
      if (opened === undefined) return fail(from, at, `section ${quoted(name)} was never opened`);
      if (opened.name !== name) {
        return fail(from, at, `section ${quoted(name)} is closed, but ${quoted(opened.name)} is the open one`);
      }
    }
  }
  const left = sections.pop();
  if (left !== undefined) return fail(left.from, left.to, `section ${quoted(left.name)} is never closed`);
  return { tags, problem: null };
}

// "line 3, column 7: ..." as the server writes it (columns count characters here).
export function problemText(text: string, problem: TemplateProblem): string {
  const before = text.slice(0, problem.from);
  const line = before.split("\n").length;
  return `line ${line}, column ${problem.from - before.lastIndexOf("\n")}: ${problem.message}`;
}

// What is wrong with the tags of a text; null when nothing is.
export function templateProblem(text: string): string | null {
  if (!text.includes("{{")) return null;
  const { problem } = scanTemplate(text);
  return problem === null ? null : problemText(text, problem);
}

// The names that a template uses, each once.
export function namesUsed(text: string): string[] {
  const names = scanTemplate(text)
    .tags.filter((tag) => tag.kind === "name" || tag.kind === "raw" || tag.kind === "open" || tag.kind === "inverted")
    .map((tag) => tag.name);
  return [...new Set(names)];
}
