// The four states of everything that is loaded: loading, error with Retry, empty with the next step, and the data. Data
// that is there stays while it is fetched again; if that fails, a line above says so.
import { Alert, Button, Group, Skeleton, Stack } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorPanel } from "./error-panel";

interface Props<T> {
  query: UseQueryResult<T>;
  // What keeps the data's numbers up to date, where that is asked for apart: when it fails, the data is old too.
  live?: UseQueryResult<unknown>;
  children: (data: T) => ReactNode;
  isEmpty?: (data: T) => boolean;
  empty?: ReactNode;
  skeleton?: ReactNode;
}

export function QueryView<T>({ query, live, children, isEmpty, empty, skeleton }: Props<T>) {
  if (query.data === undefined) {
    if (query.isError) return <ErrorPanel error={query.error} onRetry={() => query.refetch()} />;
    return <div aria-busy="true">{skeleton ?? <Lines />}</div>;
  }
  const content = isEmpty?.(query.data) ? empty : children(query.data);
  const failed = query.isError ? query : live?.isError ? live : null;
  // The content has one place whether the line is there or not: what is being typed in it is not lost.
  return (
    <>
      {failed !== null && (
        <Alert color="yellow" role="status" title="Shown as it was when the server last answered" mb="sm">
          <Group justify="space-between">
            {failed.error?.message}
            <Button size="xs" variant="default" onClick={() => failed.refetch()}>
              Retry
            </Button>
          </Group>
        </Alert>
      )}
      {content}
    </>
  );
}

export function Lines({ count = 6 }: { count?: number }) {
  return (
    <Stack gap="sm">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} height={28} radius="sm" />
      ))}
    </Stack>
  );
}
