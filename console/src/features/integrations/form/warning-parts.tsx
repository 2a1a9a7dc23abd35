// What the server says of settings though it takes them: below a field, and as a list.
import { Alert, List, Text } from "@mantine/core";
import type { JsonObject, Warning } from "../../../api/types";
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
    <Alert color="yellow" title={title ?? plural(warnings.length, "warning")} role="note">
      <WarningItems warnings={warnings} />
    </Alert>
  );
}

// Where credentials that stand in the settings are shown by the server as hidden.
export function HiddenNote({ settings }: { settings: JsonObject }) {
  if (!JSON.stringify(settings).includes("[[SENSITIVE]]")) return null;
  return (
    <Text size="sm" c="dimmed">
      <code>[[SENSITIVE]]</code> stands in the place of a password or token that your role does not see.
    </Text>
  );
}
