// Devices into a product: ids that are typed, pasted, or from a file.
import {
  Alert,
  Button,
  FileButton,
  Group,
  List,
  Modal,
  Progress,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { type FormEvent, useMemo, useState } from "react";
import { type ImportReport, useImportDevices } from "../../api/devices";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { plural } from "../../lib/format";
import { ErrorPanel } from "../../ui/error-panel";
import { IconUpload } from "../../ui/icons";
import { readIds } from "./devices";

const kFields = ["id", "ids", "claim_user"] as const;

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const space = useSpace();
  const [text, setText] = useState("");
  const [claimFor, setClaimFor] = useState("");
  const [done, setDone] = useState(0);
  const importing = useImportDevices(space.api, setDone);
  const ids = useMemo(() => readIds(text), [text]);
  const errors = fieldErrors(importing.error, kFields);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setDone(0);
    importing.mutate({ ids, claimFor: claimFor.trim() }, { onSuccess: () => setText("") });
  };
  const read = async (file: File | null) => {
    if (file !== null) setText(await file.text());
  };
  return (
    <Modal opened onClose={onClose} title="Import devices" size="lg">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Textarea
            label="Device ids"
            description="24 hex digits each; one a line, or with commas between."
            placeholder={"e00fce681fffffffffc08949\ne00fce681fffffffffc0894a"}
            minRows={6}
            maxRows={12}
            autosize
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.85rem" } }}
            value={text}
            error={errors.ids ?? errors.id}
            onChange={(event) => setText(event.currentTarget.value)}
            data-autofocus
          />
          <Group justify="space-between">
            <FileButton onChange={read} accept=".txt,.csv,text/plain,text/csv">
              {(props) => (
                <Button {...props} variant="default" size="xs" leftSection={<IconUpload size={14} aria-hidden />}>
                  From a file
                </Button>
              )}
            </FileButton>
            <Text size="sm" c="dimmed" className="tabular">
              {plural(ids.length, "id")}
            </Text>
          </Group>
          <TextInput
            label="Claim for"
            description="A member who may claim devices here. What is claimed for somebody else reaches them once they claim it too."
            placeholder="somebody@example.com"
            value={claimFor}
            error={errors.claim_user}
            onChange={(event) => setClaimFor(event.currentTarget.value)}
          />
          {importing.isPending && ids.length > 10_000 && (
            <Progress value={(done * 100) / ids.length} aria-label="Imported" />
          )}
          {importing.isError && hasOther(importing.error, kFields) && <ErrorPanel error={importing.error} />}
          {importing.isSuccess && <Report report={importing.data} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button type="submit" loading={importing.isPending} disabled={ids.length === 0}>
              Import
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Report({ report }: { report: ImportReport }) {
  return (
    <Alert
      color={report.updated > 0 ? "fleet" : "gray"}
      role="status"
      title={`${plural(report.updated, "device")} imported`}
    >
      <List size="sm" spacing={2}>
        {report.existingDeviceIds.length > 0 && (
          <List.Item>
            {plural(report.existingDeviceIds.length, "device was", "devices were")} in the product already.
          </List.Item>
        )}
        <Named ids={report.nonmemberDeviceIds} what="In another product, left there" />
        <Named ids={report.protectedDeviceIds} what="Claimed by another member, left as they are" />
        <Named ids={report.invalidDeviceIds} what="No device ids" />
      </List>
    </Alert>
  );
}

const kNamed = 5;
function Named({ ids, what }: { ids: string[]; what: string }) {
  if (ids.length === 0) return null;
  const more = ids.length > kNamed ? ` and ${ids.length - kNamed} more` : "";
  return (
    <List.Item style={{ overflowWrap: "anywhere" }}>
      {what} ({ids.length}): <span className="mono">{ids.slice(0, kNamed).join(", ")}</span>
      {more}
    </List.Item>
  );
}
