// One line of text that is a template: tags that are not closed are told, and names are picked from a list.
import { ActionIcon, Menu, ScrollArea, Text, TextInput, type TextInputProps, Tooltip } from "@mantine/core";
import { useRef, useState } from "react";
import { IconBraces } from "../../../ui/icons";
import type { TemplateName } from "./completions";
import classes from "./form.module.css";
import { useFields } from "./form-state";
import { FieldWarning } from "./warning-parts";

interface Props extends Omit<TextInputProps, "value" | "onChange" | "error"> {
  field: string;
  value: string;
  onChange: (value: string) => void;
  // What it is called where it has no label: "header 2 value".
  what: string;
}

export function TemplateInput({ field, value, onChange, what, ...rest }: Props) {
  const { error, readOnly, names } = useFields();
  const input = useRef<HTMLInputElement>(null);
  const insert = (name: string) => {
    const at = input.current;
    const from = at?.selectionStart ?? value.length;
    const to = at?.selectionEnd ?? value.length;
    const tag = `{{{${name}}}}`;
    onChange(value.slice(0, from) + tag + value.slice(to));
    window.setTimeout(() => {
      at?.focus();
      at?.setSelectionRange(from + tag.length, from + tag.length);
    });
  };
  return (
    <div className={classes.warned}>
      <TextInput
        {...rest}
        ref={input}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error(field)}
        readOnly={readOnly}
        data-field={field}
        spellCheck={false}
        autoComplete="off"
        rightSection={readOnly ? undefined : <NameMenu names={names} what={what} onPick={insert} />}
      />
      <FieldWarning field={field} />
    </div>
  );
}

const kKinds = {
  data: "Data of the sample event",
  variable: "Variables",
  secret: "Secrets",
  predefined: "Of every event",
};

function NameMenu({ names, what, onPick }: { names: TemplateName[]; what: string; onPick: (name: string) => void }) {
  const [opened, setOpened] = useState(false);
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-end" width={320} withinPortal returnFocus={false}>
      <Menu.Target>
        <Tooltip label="Insert a variable" openDelay={400} disabled={opened}>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Insert a variable into ${what}`}>
            <IconBraces size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={300} type="auto">
          {(["data", "variable", "secret", "predefined"] as const).map((kind) => {
            const some = names.filter((one) => one.kind === kind);
            if (some.length === 0) return null;
            return (
              <div key={kind}>
                <Menu.Label>{kKinds[kind]}</Menu.Label>
                {some.map((one) => (
                  <Menu.Item key={one.name} py={4} onClick={() => onPick(one.name)}>
                    <Text span size="sm" className="mono">
                      {one.name}
                    </Text>
                    <Text size="xs" c="dimmed" truncate>
                      {one.detail}
                    </Text>
                  </Menu.Item>
                ))}
              </div>
            );
          })}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}
