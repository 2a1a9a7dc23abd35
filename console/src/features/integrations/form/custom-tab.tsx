// All settings as JSON, in step with the fields.
import { Group, Stack, Text } from "@mantine/core";
import { CodeEditor } from "../../../ui/code-editor";
import { CopyIcon } from "../../../ui/copy";
import { useFields } from "./form-state";
import { parseSettings } from "./settings-check";
import { isAnswerMember, isKnown, keptMembers } from "./settings-model";
import { WarningList } from "./warning-parts";

const check = (text: string) => parseSettings(text).findings;

export function CustomTab() {
  const { form, readOnly, names, warnings } = useFields();
  return (
    <Stack gap="sm">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" c="dimmed">
          The same settings as JSON. Paste one here to copy an integration from elsewhere; what is left out has its
          default.
        </Text>
        <CopyIcon value={form.text} label="Copy the JSON" />
      </Group>
      <CodeEditor
        label="Settings as JSON"
        hideLabel
        language="json"
        template="strings"
        lineNumbers
        names={names}
        check={check}
        value={form.text}
        onChange={form.setText}
        error={form.blocked}
        readOnly={readOnly}
        field="settings"
        minLines={16}
        maxLines={40}
      />
      <KeptNote />
      <WarningList warnings={warnings} />
    </Stack>
  );
}

// Members that the builder has no field for.
export function KeptNote() {
  const { form, warnings } = useFields();
  const warned = new Set(warnings.map((one) => one.field));
  const all = keptMembers(form.settings);
  const kept = all.filter(isKnown);
  const ignored = all.filter((name) => !isKnown(name) && !isAnswerMember(name) && !warned.has(name));
  const answers = all.filter(isAnswerMember);
  if (all.length === 0) return null;
  return (
    <Text size="xs" c="dimmed" component="div">
      {kept.length > 0 && <div>Kept as they are: {kept.join(", ")}.</div>}
      {ignored.length > 0 && (
        <div>Kept as they are in the JSON, though the server ignores them: {ignored.join(", ")}.</div>
      )}
      {answers.length > 0 && <div>No settings, and not saved: {answers.join(", ")}.</div>}
    </Text>
  );
}
