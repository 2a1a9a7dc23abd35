// What was: every version with who made it, what it changed and what came of it; the difference of two; and going back.
import { Button, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getVersions, versionsKey } from "../../../api/integrations";
import type { IntegrationDetail, VersionSummary } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { useUrlState } from "../../../lib/url-state";
import { CountText } from "../../../ui/counts";
import { ErrorPanel } from "../../../ui/error-panel";
import { Panel } from "../../../ui/panel";
import { Lines } from "../../../ui/query-view";
import { Time } from "../../../ui/time";
import { fieldName } from "./field-names";
import type { Rights } from "./rights";
import { VersionComparison } from "./version-comparison";
import classes from "./versions.module.css";

export function VersionsTab({ one, rights }: { one: IntegrationDetail; rights: Rights }) {
  const space = useSpace();
  const [chosen, setChosen] = useUrlState("version", "", true);
  const query = useInfiniteQuery({
    queryKey: versionsKey(space, one.id),
    queryFn: ({ pageParam, signal }) => getVersions(space, one.id, pageParam, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_before ?? null,
  });
  if (query.data === undefined) {
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => query.refetch()} /> : <Lines />;
  }
  const versions = query.data.pages.flatMap((page) => page.versions);
  const version = chosen === "" ? null : Number(chosen);
  const names = new Map((one.products ?? []).map((product) => [product.id, product.name ?? `product ${product.id}`]));
  const productName = (id: number) => names.get(id) ?? `product ${id}`;
  const nameOf = (path: string) => fieldName(path, productName);
  return (
    <div className={classes.split}>
      <Panel padding={0}>
        <ul className={classes.list} aria-label="Versions">
          {versions.map((each) => (
            <li key={each.version}>
              <VersionRow
                version={each}
                chosen={each.version === version}
                nameOf={nameOf}
                onChoose={() => setChosen(each.version === version ? "" : String(each.version))}
              />
            </li>
          ))}
        </ul>
        {query.hasNextPage && (
          <Button
            variant="subtle"
            fullWidth
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Older versions
          </Button>
        )}
      </Panel>
      {version === null ? (
        <Panel>
          <Text size="sm" c="dimmed">
            Choose a version to see what it differs in, and to go back to it.
          </Text>
        </Panel>
      ) : (
        <VersionComparison
          key={version}
          one={one}
          version={version}
          versions={versions}
          productName={productName}
          rights={rights}
        />
      )}
    </div>
  );
}

interface RowProps {
  version: VersionSummary;
  chosen: boolean;
  nameOf: (path: string) => string;
  onChoose: () => void;
}
function VersionRow({ version, chosen, nameOf, onChoose }: RowProps) {
  const fields = Object.keys(version.changes).map(nameOf).join(", ");
  const changed =
    fields !== "" ? fields : version.action === "created" ? "The first one" : "No field differs from the one before";
  return (
    <button type="button" className={classes.version} aria-pressed={chosen} onClick={onChoose}>
      <span className={classes.title}>
        <b>Version {version.version}</b> {version.action.replaceAll("_", " ")}
        {version.current && <span className={classes.current}>current</span>}
      </span>
      <span className={classes.when}>
        <Time value={version.created_at} />
      </span>
      <span className={classes.what}>
        {changed}
        {version.created_by === null ? "" : `, by ${version.created_by}`}
      </span>
      <span className={classes.counts}>
        <CountText value={version.outcomes.success} kind="success" /> success
        <CountText value={version.outcomes.error} kind="error" /> error
        <CountText value={version.outcomes.sleep} kind="sleep" /> skipped
        {version.outcomes.cancelled > 0 && (
          <>
            <CountText value={version.outcomes.cancelled} kind="cancelled" /> cancelled
          </>
        )}
      </span>
    </button>
  );
}
