// Templates in CodeMirror: colours for tags, marks for what is wrong with them, and completion of names. Belongs to the
// editor's code, which is loaded when the first editor is shown; what is pure is in template-scan.ts.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { type Extension, RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { scanTemplate, type TagKind } from "./template-scan";

// A name that can be completed. `kind` groups them; `detail` says what it is.
export interface CompletableName {
  name: string;
  kind: "predefined" | "secret" | "variable" | "data";
  detail: string;
}

const kClasses: Record<TagKind, string> = {
  name: "fh-tag",
  raw: "fh-tag",
  open: "fh-tag-section",
  inverted: "fh-tag-section",
  close: "fh-tag-section",
  comment: "fh-tag-comment",
  partial: "fh-tag-comment",
  delimiters: "fh-tag-section",
};
const kMarks = Object.fromEntries(
  Object.entries(kClasses).map(([kind, name]) => [kind, Decoration.mark({ class: name })]),
) as Record<TagKind, Decoration>;
const kNameMark = Decoration.mark({ class: "fh-tag-name" });
const kBrokenMark = Decoration.mark({ class: "fh-tag-broken" });

// Marks of one text that stands at `offset` of the document.
function markTags(text: string, offset: number, builder: RangeSetBuilder<Decoration>) {
  if (!text.includes("{{")) return;
  const { tags, problem } = scanTemplate(text);
  for (const tag of tags) {
    builder.add(offset + tag.from, offset + tag.to, kMarks[tag.kind]);
    if (tag.kind !== "comment" && tag.kind !== "delimiters" && tag.name !== "") {
      builder.add(offset + tag.nameFrom, offset + tag.nameFrom + tag.name.length, kNameMark);
    }
  }
  // Behind the last tag, or it is the last tag: marks must come in order.
  const last = tags.at(-1);
  if (problem !== null && problem.to > problem.from && (last === undefined || problem.from >= last.nameFrom)) {
    builder.add(offset + problem.from, offset + problem.to, kBrokenMark);
  }
}

function decorate(view: EditorView, inStrings: boolean): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const text = view.state.doc.toString();
  if (inStrings) {
    for (const found of text.matchAll(/"(?:[^"\\\n]|\\.)*"?/g)) markTags(found[0], found.index, builder);
  } else {
    markTags(text, 0, builder);
  }
  return builder.finish();
}

// `inStrings`: the text is JSON in which each string is a template of its own; else it is one template.
export function templateMarks(inStrings: boolean): Extension {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = decorate(view, inStrings);
      }
      update(update: ViewUpdate) {
        if (update.docChanged) this.decorations = decorate(update.view, inStrings);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}

const kRanks: Record<CompletableName["kind"], number> = { data: 3, variable: 2, secret: 1, predefined: 0 };
const kTypes: Record<CompletableName["kind"], string> = {
  data: "property",
  variable: "variable",
  secret: "keyword",
  predefined: "constant",
};

// Completes a name inside of a tag, and closes the tag. Asked for by key, it offers whole tags anywhere.
export function completeNames(names: () => CompletableName[]) {
  return (context: CompletionContext): CompletionResult | null => {
    const before = context.matchBefore(/\{\{(?:\{|[#^&/])?\s*[\w.$-]*$/);
    const word = context.matchBefore(/[\w.$-]*$/);
    const from = word?.from ?? context.pos;
    if (before === null && !context.explicit) return null;
    const opening = before === null ? "" : before.text.startsWith("{{{") ? "}}}" : "}}";
    const options = names().map((one, index): Completion => {
      const insert = (view: EditorView, _: Completion, start: number, end: number) => {
        const ahead = view.state.sliceDoc(end, end + 3);
        const have = /^\}*/.exec(ahead)?.[0].length ?? 0;
        const text = before === null ? `{{{${one.name}}}}` : one.name;
        const closing = opening.slice(Math.min(opening.length, have));
        view.dispatch({
          changes: { from: start, to: end, insert: text + closing },
          selection: { anchor: start + text.length + opening.length },
          userEvent: "input.complete",
        });
      };
      return {
        label: one.name,
        detail: one.detail,
        type: kTypes[one.kind],
        boost: kRanks[one.kind] - index / 1000,
        apply: insert,
      };
    });
    return { from, options, validFor: /^[\w.$-]*$/ };
  };
}
