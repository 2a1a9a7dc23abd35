// What the server says of settings though it takes them: below a field, and as a list.
import { Alert, List, Text } from "@mantine/core";
import type { Warning } from "../../../api/types";
import { plural } from "../../../lib/format";
import classes from "./form.module.css";
import { useFields } from "./form-state";
import { labelOf } from "./settings-diff";

export function FieldWarning({ field, shownBelow }: { field: string; shownBelow?: readonly string[] }) {
  const text = useFields().warning(field, shownBelow);
  if (text === undefined) return null;
  return (
    <Text size="xs" className={classes.warning} role="note" data-warning-of={field}>
      {text}
    </Text>
  );
}

export function WarningItems({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <List size="sm" spacing={4}>
      {warnings.map((one) => (
        <List.Item key={`${one.field} ${one.code} ${one.message}`} style={{ overflowWrap: "anywhere" }}>
          {one.field !== null && <b>{labelOf(one.field.split("."))}: </b>}
          {one.message}
        </List.Item>
      ))}
    </List>
  );
}

export function WarningList({ warnings, title }: { warnings: readonly Warning[]; title?: string }) {
  if (warnings.length === 0) return null;
  return (
    <Alert color="yellow" title={title ?? plural(warnings.length, "warning")} role="note" aria-label="Warnings">
      <WarningItems warnings={warnings} />
    </Alert>
  );
}
