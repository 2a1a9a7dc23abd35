// The end of what was found so far, and the way on. A search looks through a part at a time, and may find nothing in it.
import { Button, Stack, Text } from "@mantine/core";
import { localTime } from "../lib/format";
import { ErrorPanel } from "./error-panel";

interface Props {
  found: number; // in the last part
  perPage: number;
  searchedTo: string | undefined;
  loading: boolean;
  failed: Error | null;
  onMore: () => void;
}

export function SearchOn({ found, perPage, searchedTo, loading, failed, onMore }: Props) {
  const full = found >= perPage;
  return (
    <Stack align="center" gap="xs" py="md">
      {!full && searchedTo !== undefined && (
        <Text size="sm" c="dimmed" role="status">
          Searched back to {localTime(searchedTo)}
          {found === 0 && ", nothing more found so far"}.
        </Text>
      )}
      {failed !== null && <ErrorPanel error={failed} />}
      <Button variant="default" loading={loading} onClick={onMore}>
        {full ? "Load more" : "Search on"}
      </Button>
    </Stack>
  );
}
