// What an edit changed, field by field: short values side by side with the differing part marked, long texts line by line.
import { Text } from "@mantine/core";
import type { Changes, Json } from "../api/types";
import { type FieldChange, fieldChanges, hunksOf, inlineDiff, lineDiff, textOf } from "../lib/diff";
import classes from "./diff-view.module.css";

interface Props {
  changes: Changes;
  from: string; // what the left side is: "Version 2"
  to: string;
  label?: string;
  // What a path is called; by default as it is.
  nameOf?: (path: string) => string;
}

export function DiffView({ changes, from, to, label = "Changes", nameOf = (path) => path }: Props) {
  const fields = fieldChanges(changes);
  if (fields.length === 0) return <Text c="dimmed">There is no difference.</Text>;
  return (
    <table className={classes.table} aria-label={label}>
      <colgroup>
        <col style={{ width: "22%" }} />
        <col />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">{from}</th>
          <th scope="col">{to}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <tr key={field.path}>
            <th scope="row">{nameOf(field.path)}</th>
            <Sides field={field} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sides({ field }: { field: FieldChange }) {
  if (field.from === null || field.to === null) {
    return (
      <>
        <td>{field.from === null ? <NotSet /> : <Value value={field.from} kind="removed" />}</td>
        <td>{field.to === null ? <NotSet /> : <Value value={field.to} kind="added" />}</td>
      </>
    );
  }
  const from = textOf(field.from);
  const to = textOf(field.to);
  if (from.includes("\n") || to.includes("\n")) {
    return (
      <td colSpan={2}>
        <LinesDiff from={from} to={to} label={`Lines of ${field.path}`} />
      </td>
    );
  }
  const parts = inlineDiff(from, to);
  return (
    <>
      <td className={classes.value}>
        {parts.before}
        {parts.from !== "" && <del>{parts.from}</del>}
        {parts.after}
      </td>
      <td className={classes.value}>
        {parts.before}
        {parts.to !== "" && <ins>{parts.to}</ins>}
        {parts.after}
      </td>
    </>
  );
}

function NotSet() {
  return (
    <Text span c="dimmed" size="sm">
      not set
    </Text>
  );
}

function Value({ value, kind }: { value: Json; kind: "removed" | "added" }) {
  const Mark = kind === "removed" ? "del" : "ins";
  return (
    <span className={classes.value}>
      <Mark>{textOf(value)}</Mark>
    </span>
  );
}

const kSigns = { same: " ", removed: "−", added: "+" };

export function LinesDiff({ from, to, label }: { from: string; to: string; label: string }) {
  const hunks = hunksOf(lineDiff(from, to));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard.
    <section className={`${classes.value} ${classes.lines}`} aria-label={label} tabIndex={0}>
      {hunks.map((hunk, index) =>
        hunk.kind === "skipped" ? (
          <span key={index} className={classes.skipped}>
            {hunk.count === 1 ? "1 equal line" : `${hunk.count} equal lines`}
          </span>
        ) : (
          hunk.lines.map((line, at) => (
            <span
              key={`${index}-${at}`}
              className={`${classes.line} ${line.kind === "same" ? "" : classes[line.kind]}`}
            >
              {kSigns[line.kind]} {line.text}
            </span>
          ))
        ),
      )}
    </section>
  );
}
