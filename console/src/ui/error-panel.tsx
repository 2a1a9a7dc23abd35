// What went wrong, in the server's words, and a way to try again.
import { Alert, Button, List, Text } from "@mantine/core";
import { ApiError } from "../api/client";
import { IconAlertTriangle } from "./icons";

export function ErrorPanel({ error, onRetry, title }: { error: unknown; onRetry?: () => void; title?: string }) {
  const heading = title ?? titleOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const violations = error instanceof ApiError ? error.violations.filter((one) => one.field !== "") : [];
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={heading} maw={640} role="alert">
      {violations.length > 1 ? (
        <List size="sm">
          {violations.map((one) => (
            <List.Item key={one.field + one.message}>
              <b>{one.field}</b>: {one.message}
            </List.Item>
          ))}
        </List>
      ) : (
        <Text size="sm">{message}</Text>
      )}
      {onRetry !== undefined && (
        <Button mt="sm" size="xs" variant="default" onClick={onRetry}>
          Retry
        </Button>
      )}
    </Alert>
  );
}

function titleOf(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something went wrong";
  if (error.status === 0) return "The server cannot be reached";
  if (error.status === 403) return "Not allowed";
  if (error.status === 404) return "Not found";
  if (error.status === 409) return "It has changed meanwhile";
  if (error.status === 429) return "Too many requests";
  if (error.status >= 500) return "The server has a problem";
  return "This was refused";
}
