// The end of what was found so far, and the way on. A search looks through a part at a time, and may find nothing in it.
import { Button, Stack, Text } from "@mantine/core";
import { kLettersPerPage, type LetterPage } from "../../api/dead-letters";
import { localTime } from "../../lib/format";
import { ErrorPanel } from "../../ui/error-panel";

interface Props {
  page: LetterPage; // the last one
  loading: boolean;
  failed: Error | null;
  onMore: () => void;
}

export function SearchOn({ page, loading, failed, onMore }: Props) {
  const full = page.dead_letters.length >= kLettersPerPage;
  return (
    <Stack align="center" gap="xs" py="md">
      {!full && page.searched_to !== undefined && (
        <Text size="sm" c="dimmed" role="status">
          Searched back to {localTime(page.searched_to)}
          {page.dead_letters.length === 0 && ", nothing more found so far"}.
        </Text>
      )}
      {failed !== null && <ErrorPanel error={failed} />}
      <Button variant="default" loading={loading} onClick={onMore}>
        {full ? "Load more" : "Search on"}
      </Button>
    </Stack>
  );
}
