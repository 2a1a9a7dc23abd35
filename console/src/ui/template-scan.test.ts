import { describe, expect, it } from "vitest";
import { namesUsed, scanTemplate, templateProblem } from "./template-scan";

const kinds = (text: string) => scanTemplate(text).tags.map((tag) => `${tag.kind}:${tag.name}`);

describe("scanTemplate", () => {
  it("finds tags with their kinds and names", () => {
    expect(kinds("a {{x}} {{{ y.z }}} {{&w}} {{! no }} {{> p}}")).toEqual([
      "name:x",
      "raw:y.z",
      "raw:w",
      "comment:no",
      "partial:p",
    ]);
    expect(kinds("{{#a}}{{^b}}x{{/b}}{{/a}}")).toEqual(["open:a", "inverted:b", "close:b", "close:a"]);
  });
  it("knows the sections around a tag", () => {
    expect(scanTemplate("{{#a}}{{#b}}{{c}}{{/b}}{{/a}}").tags[2]?.within).toEqual(["a", "b"]);
  });
  it("follows changed delimiters", () => {
    expect(kinds("{{=<% %>=}}<% x %> {{y}}")).toEqual(["delimiters:<% %>", "name:x"]);
  });
  it("places tags exactly", () => {
    const text = 'say "{{{ name }}}".';
    const tag = scanTemplate(text).tags[0];
    expect(text.slice(tag?.from, tag?.to)).toBe("{{{ name }}}");
    expect(text.slice(tag?.nameFrom, (tag?.nameFrom ?? 0) + 4)).toBe("name");
  });
});

describe("templateProblem", () => {
  it("says what the server says", () => {
    expect(templateProblem("{{a")).toBe("line 1, column 1: the tag is never closed: '}}' is missing");
    expect(templateProblem("{{{a}}")).toBe("line 1, column 1: the tag is never closed: '}}' is missing");
    expect(templateProblem("x\n {{#a}}")).toBe("line 2, column 2: section 'a' is never closed");
    expect(templateProblem("{{/a}}")).toBe("line 1, column 1: section 'a' was never opened");
    expect(templateProblem("{{#a}}{{/b}}")).toBe("line 1, column 7: section 'b' is closed, but 'a' is the open one");
    expect(templateProblem("{{=x=}}")).toBe("line 1, column 1: new delimiters are written as two words: {{=<% %>=}}");
  });
  it("finds nothing wrong with plain text and closed tags", () => {
    for (const text of ["", "{ }", "a}}b", "{{a}}{{{b}}}{{#c}}{{/c}}"]) expect(templateProblem(text)).toBeNull();
  });
});

describe("namesUsed", () => {
  it("names each once, in order", () => {
    expect(namesUsed("{{b}}{{{a}}}{{#b}}{{/b}}{{!c}}")).toEqual(["b", "a"]);
  });
});
