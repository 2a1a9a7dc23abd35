// Copying what one copies: ids, addresses, tokens, the same request for curl.
import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy, IconTerminal2 } from "./icons";

export function CopyIcon({ value, label }: { value: string; label: string }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Tooltip label={clipboard.copied ? "Copied" : label}>
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} onClick={() => clipboard.copy(value)}>
        {clipboard.copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

// An id or address in monospace, with its copy button.
export function Copyable({ value, label }: { value: string; label: string }) {
  return (
    <Group gap={4} wrap="nowrap" miw={0}>
      <Text span className="mono" truncate title={value}>
        {value}
      </Text>
      <CopyIcon value={value} label={label} />
    </Group>
  );
}

// A shell line for the same request. The token is a variable: it never stands in what is copied.
export function curlOf(method: string, path: string, body?: unknown): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = ["curl -sS", '-H "Authorization: Bearer $token"'];
  if (method !== "GET") parts.push(`-X ${method}`);
  if (body !== undefined) {
    parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`);
  }
  parts.push(quoted(window.location.origin + path));
  return parts.join(" ");
}

export function CurlButton({ method, path, body }: { method: string; path: string; body?: unknown }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <Tooltip label="Copies the same request for the shell. Put an access token into $token.">
      <Button
        size="xs"
        variant="subtle"
        color="gray"
        leftSection={<IconTerminal2 size={14} aria-hidden />}
        onClick={() => clipboard.copy(curlOf(method, path, body))}
      >
        {clipboard.copied ? "Copied" : "Copy as curl"}
      </Button>
    </Tooltip>
  );
}
