// Rows of name and value: headers, query parameters, form fields. Both are templates.
import { ActionIcon, Button, Fieldset, Group, Stack, Text } from "@mantine/core";
import { type ReactNode, useRef } from "react";
import { IconPlus, IconX } from "../../../ui/icons";
import classes from "./form.module.css";
import { useFields } from "./form-state";
import { newPair, type Pair } from "./settings-model";
import { TemplateInput } from "./template-input";
import { FieldWarning } from "./warning-parts";

export function PairsField({
  legend,
  one,
  field,
  pairs,
  onChange,
  description,
  suggestions,
}: {
  legend: string;
  one: string; // "header"
  field: "headers" | "query" | "form";
  pairs: Pair[];
  onChange: (pairs: Pair[]) => void;
  description?: ReactNode;
  suggestions?: string[];
}) {
  const { error, readOnly } = useFields();
  const box = useRef<HTMLFieldSetElement>(null);
  const focusRow = (index: number) =>
    window.setTimeout(() => {
      const inputs = box.current?.querySelectorAll<HTMLInputElement>("input[data-key]") ?? [];
      const at = inputs[Math.min(index, inputs.length - 1)];
      if (at !== undefined) at.focus();
      else box.current?.querySelector<HTMLButtonElement>("button[data-add]")?.focus();
    });
  const change = (id: string, patch: Partial<Pair>) =>
    onChange(pairs.map((pair) => (pair.id === id ? { ...pair, ...patch } : pair)));
  const shown = pairs.map((pair) => `${field}.${pair.key}`);
  const rest = error(field, shown);
  const list = suggestions === undefined ? undefined : `names-of-${field}`;
  return (
    <Fieldset legend={legend} variant="unstyled" ref={box} className={classes.group}>
      {description !== undefined && (
        <Text size="xs" c="dimmed" mb={6}>
          {description}
        </Text>
      )}
      {list !== undefined && (
        <datalist id={list}>
          {suggestions?.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
      <Stack gap={8}>
        {pairs.map((pair, index) => (
          <div key={pair.id} className={classes.pair}>
            <input
              className={classes.key}
              data-key
              aria-label={`${one} ${index + 1} name`}
              placeholder="Name"
              list={list}
              value={pair.key}
              readOnly={readOnly}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => change(pair.id, { key: event.currentTarget.value })}
            />
            <TemplateInput
              field={`${field}.${pair.key}`}
              what={`${one} ${index + 1}`}
              aria-label={`${one} ${index + 1} value`}
              placeholder="Value"
              value={pair.value}
              onChange={(value) => change(pair.id, { value, raw: undefined })}
            />
            {!readOnly && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size={36}
                aria-label={`Remove ${one.toLowerCase()} ${index + 1}`}
                onClick={() => {
                  onChange(pairs.filter((other) => other.id !== pair.id));
                  focusRow(index);
                }}
              >
                <IconX size={16} aria-hidden />
              </ActionIcon>
            )}
          </div>
        ))}
        {readOnly && pairs.length === 0 && (
          <Text size="sm" c="dimmed">
            None
          </Text>
        )}
        {!readOnly && (
          <Group>
            <Button
              size="compact-sm"
              variant="default"
              data-add
              data-field={field}
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => {
                onChange([...pairs, newPair()]);
                focusRow(pairs.length);
              }}
            >
              Add {one.toLowerCase()}
            </Button>
          </Group>
        )}
        <FieldWarning field={field} shownBelow={shown} />
        {rest !== undefined && (
          <Text size="xs" c="var(--mantine-color-error)">
            {rest}
          </Text>
        )}
      </Stack>
    </Fieldset>
  );
}
