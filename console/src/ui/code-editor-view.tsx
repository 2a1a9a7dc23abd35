// The editor itself. Only code-editor.tsx imports it, when one is shown.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder as placeholderText,
} from "@codemirror/view";
import { tags as t } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { CodeEditorProps } from "./code-editor";
import classes from "./code-editor.module.css";
import { completeNames, templateMarks } from "./template-language";
import { scanTemplate } from "./template-scan";

const colours = HighlightStyle.define([
  { tag: t.propertyName, color: "var(--code-key)" },
  { tag: t.string, color: "var(--code-text)" },
  { tag: [t.number, t.bool, t.null], color: "var(--code-number)" },
  { tag: [t.brace, t.squareBracket, t.separator], color: "var(--code-quiet)" },
]);

type Latest = Pick<CodeEditorProps, "onChange" | "check" | "names" | "template">;

// Nothing is asked anew when the parent renders: the editor reads what is current.
function extensionsFor(props: CodeEditorProps, latest: { current: Latest }): Extension[] {
  const lint = linter(
    (view) => {
      const text = view.state.doc.toString();
      const found = latest.current.check?.(text) ?? [];
      if (latest.current.template === true && latest.current.check === undefined) {
        const { problem } = scanTemplate(text);
        if (problem !== null) return [{ ...problem, severity: "error" as const }];
      }
      const end = view.state.doc.length;
      return found.map((one) => ({ ...one, from: Math.min(one.from, end), to: Math.min(one.to, end) }));
    },
    { delay: 250 },
  );
  return [
    props.lineNumbers ? lineNumbers() : [],
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentUnit.of("  "),
    bracketMatching(),
    closeBrackets(),
    props.lineNumbers ? highlightActiveLine() : [],
    EditorView.lineWrapping,
    syntaxHighlighting(colours),
    props.language === "json" ? json() : [],
    props.template ? templateMarks(props.template === "strings") : [],
    autocompletion({
      override: props.template ? [completeNames(() => latest.current.names ?? [])] : [],
      icons: false,
      maxRenderedOptions: 60,
    }),
    lint,
    props.language === "json" || props.template ? lintGutter() : [],
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...defaultKeymap,
      ...historyKeymap,
      ...lintKeymap,
      // Escape lets the next Tab out: CodeMirror sees to that itself.
      indentWithTab,
    ]),
    props.placeholder === undefined ? [] : placeholderText(props.placeholder),
    EditorState.readOnly.of(props.readOnly ?? false),
    EditorView.contentAttributes.of({
      "aria-label": props.label,
      "aria-describedby": props.describedBy ?? "",
      ...(props.readOnly ? { "aria-readonly": "true" } : {}),
      ...(props.field === undefined ? {} : { "data-field": props.field }),
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
    }),
  ];
}

export default function CodeEditorView(props: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef<Latest>(props);
  latest.current = props;
  const { value, readOnly, label, check } = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is made anew only for another kind of editor.
  useEffect(() => {
    const editor = new EditorView({
      state: EditorState.create({ doc: value, extensions: extensionsFor(props, latest) }),
      parent: host.current as HTMLElement,
    });
    view.current = editor;
    return () => editor.destroy();
  }, [readOnly, label, props.language, props.template, props.describedBy]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    const length = Math.min(value.length, editor.state.selection.main.head);
    editor.dispatch({
      changes: { from: 0, to: editor.state.doc.length, insert: value },
      selection: { anchor: length },
    });
  }, [value]);

  // Another check finds other things in the same text.
  useEffect(() => {
    if (check !== undefined && view.current !== null) forceLinting(view.current);
  }, [check]);

  return (
    <div
      ref={host}
      className={classes.host}
      style={
        {
          "--editor-min": `${(props.minLines ?? 4) * 1.5 + 1}em`,
          "--editor-max": `${(props.maxLines ?? 24) * 1.5 + 1}em`,
        } as React.CSSProperties
      }
    />
  );
}
