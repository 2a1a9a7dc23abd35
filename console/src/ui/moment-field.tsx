// A local time, by the browser's own field; in the address it is UTC.
import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import { fromField, toField } from "../lib/moment";

interface Props {
  label: string;
  value: string; // ISO 8601; "" for none
  onValue: (iso: string) => void;
}

export function MomentField({ label, value, onValue }: Props) {
  const [typed, setTyped] = useState(toField(value));
  const [sent, setSent] = useState(value);
  const send = useDebouncedCallback((iso: string) => {
    setSent(iso);
    onValue(iso);
  }, 300);
  // Back, or a cleared filter: the address says something else than was typed here.
  if (value !== sent) {
    setSent(value);
    setTyped(toField(value));
  }
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        const iso = fromField(event.currentTarget.value);
        if (iso !== null) send(iso);
      }}
    />
  );
}
