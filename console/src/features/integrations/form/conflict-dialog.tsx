// Somebody else saved meanwhile: both sides, field by field, and one decides which counts.
import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { getVersions, versionsKey } from "../../../api/integrations";
import type { JsonObject } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { Time } from "../../../ui/time";
import classes from "./form.module.css";
import { type Choice, conflictOf, labelOf, resolved, shownValue } from "./settings-diff";

export interface Conflict {
  id: string;
  version: number; // theirs
  base: JsonObject;
  mine: JsonObject;
  theirs: JsonObject;
}
type Side = "mine" | "theirs";
const keyOf = (choice: Choice) => choice.path.join("\n");

const kBy: Record<Choice["by"], string> = {
  both: "Both changed it",
  mine: "Only you",
  theirs: "Only they",
  same: "The same change",
};

export function ConflictDialog({
  conflict,
  show,
  onClose,
  onResolve,
}: {
  conflict: Conflict;
  // A value as it is shown: product ids by their names.
  show?: (path: Choice["path"], value: Choice["mine"]) => string | null;
  onClose: () => void;
  onResolve: (joined: JsonObject, version: number) => void;
}) {
  const space = useSpace();
  const choices = conflictOf(conflict.base, conflict.mine, conflict.theirs);
  const [chosen, setChosen] = useState<{ [key: string]: Side }>({});
  const side = (choice: Choice): Side | undefined =>
    chosen[keyOf(choice)] ?? (choice.by === "both" ? undefined : choice.by === "theirs" ? "theirs" : "mine");
  const open = choices.filter((choice) => side(choice) === undefined).length;
  const all = (to: Side) => setChosen(Object.fromEntries(choices.map((choice) => [keyOf(choice), to])));
  const text = (choice: Choice, value: Choice["mine"]) => show?.(choice.path, value) ?? shownValue(choice.path, value);
  const versions = useQuery({
    queryKey: [...versionsKey(space, conflict.id), "newest", conflict.version],
    queryFn: ({ signal }) => getVersions(space, conflict.id, null, signal),
  });
  const theirs = versions.data?.versions.find((one) => one.version === conflict.version);
  return (
    <Modal opened onClose={onClose} title="It has changed meanwhile" size="60rem" centered>
      <Stack gap="sm">
        <Text size="sm">
          {theirs?.created_by ?? "Somebody"} saved version {conflict.version}
          {theirs !== undefined && (
            <>
              {" "}
              <Time value={theirs.created_at} />
            </>
          )}
          , after you opened the form. Nothing of yours is saved yet. Choose what counts for each field, then save
          again.
        </Text>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => all("mine")}>
            All mine
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => all("theirs")}>
            All theirs
          </Button>
        </Group>
        <section className={classes.sides} aria-label="Both sides">
          <table className={classes.conflict}>
            <thead>
              <tr>
                <th>Field</th>
                <th>Before</th>
                <th>Theirs</th>
                <th>Mine</th>
              </tr>
            </thead>
            <tbody>
              {choices.map((choice) => (
                <tr key={keyOf(choice)}>
                  <td>
                    <Text size="sm">{labelOf(choice.path)}</Text>
                    <span className={classes.badge} data-kind={choice.by === "both" ? "bad" : "quiet"}>
                      {kBy[choice.by]}
                    </span>
                  </td>
                  <td>
                    <div className={classes.value}>{text(choice, choice.base)}</div>
                  </td>
                  {(["theirs", "mine"] as const).map((one) => (
                    <td key={one} data-chosen={side(choice) === one || undefined}>
                      <Radio
                        size="xs"
                        name={keyOf(choice)}
                        label={one === "mine" ? "Take mine" : "Take theirs"}
                        aria-label={`${labelOf(choice.path)}: take ${one}`}
                        checked={side(choice) === one}
                        onChange={() => setChosen((before) => ({ ...before, [keyOf(choice)]: one }))}
                        mb={4}
                      />
                      <div className={classes.value}>{text(choice, choice[one])}</div>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        {choices.length === 0 && <Text size="sm">Both sides say the same.</Text>}
        <Group justify="flex-end" gap="xs">
          {open > 0 && (
            <Text size="xs" c="dimmed">
              {open} still to choose
            </Text>
          )}
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={open > 0}
            onClick={() =>
              onResolve(
                resolved(conflict.theirs, choices, (choice) => side(choice) ?? "mine"),
                conflict.version,
              )
            }
          >
            Use these
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
