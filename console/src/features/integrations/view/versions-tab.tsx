// What was: every version with who made it, what it changed and what came of it; the difference of two; and going back.
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { getVersions, useRollback, useVersion, versionsKey } from "../../../api/integrations";
import type { IntegrationDetail, VersionSummary } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { useUrlState } from "../../../lib/url-state";
import { ConfirmDialog } from "../../../ui/confirm";
import { CountText } from "../../../ui/counts";
import { DiffView } from "../../../ui/diff-view";
import { ErrorPanel } from "../../../ui/error-panel";
import { Panel } from "../../../ui/panel";
import { PermittedButton } from "../../../ui/permitted";
import { Lines, QueryView } from "../../../ui/query-view";
import { Time } from "../../../ui/time";
import { toastDone } from "../../../ui/toast";
import { fieldName, withProductNames } from "./field-names";
import type { Rights } from "./rights";
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
        <Comparison
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
      </span>
    </button>
  );
}

interface ComparisonProps {
  one: IntegrationDetail;
  version: number;
  versions: VersionSummary[];
  productName: (id: number) => string;
  rights: Rights;
}
function Comparison({ one, version, versions, productName, rights }: ComparisonProps) {
  const space = useSpace();
  const before = versions.find((each) => each.version < version && each.action !== "staged")?.version;
  // What a version was made of is compared with the one before it; "current" tells what going back would change.
  const usual = version === one.version ? (before ?? version) : one.version;
  const [text, setText] = useUrlState("against");
  const against = text === "" ? usual : Number(text);
  const query = useVersion(space, one.id, version, against);
  const [asks, setAsks] = useState(false);
  const rollback = useRollback(space, one.id);
  const choices = versions
    .filter((each) => each.version !== version)
    .map((each) => ({
      value: String(each.version),
      label: `Version ${each.version}${each.version === one.version ? ", current" : each.version === before ? ", the one before" : ""}`,
    }));
  const staged = one.staged?.version === version;
  const going =
    one.staged === undefined
      ? rights.versions
      : { ok: false, reason: `Version ${one.staged.version} is being tried; promote or discard it first.` };
  return (
    <Panel
      title={`Version ${version}`}
      actions={
        version === one.version || staged ? undefined : (
          <PermittedButton
            allowed={rights.versions.ok ? going : rights.versions}
            size="xs"
            onClick={() => setAsks(true)}
          >
            Rollback
          </PermittedButton>
        )
      }
    >
      <Stack gap="sm">
        {choices.length > 0 && (
          <Group gap="xs">
            <Select
              size="xs"
              label="Against"
              data={choices}
              value={String(against)}
              onChange={(value) => setText(value === null || value === String(usual) ? "" : value)}
              allowDeselect={false}
              w={240}
            />
          </Group>
        )}
        <QueryView query={query}>
          {(found) =>
            choices.length === 0 ? (
              <Text size="sm" c="dimmed">
                It is the only version: there is nothing to compare it with.
              </Text>
            ) : (
              <DiffView
                changes={withProductNames(found.changes, productName)}
                from={`Version ${found.against}`}
                to={`Version ${version}`}
                label={`From version ${found.against} to version ${version}`}
                nameOf={(path) => fieldName(path, productName)}
              />
            )
          }
        </QueryView>
      </Stack>
      <ConfirmDialog
        opened={asks}
        onClose={() => setAsks(false)}
        title={`Go back to version ${version}?`}
        verb="Rollback"
        danger={false}
        onConfirm={async () => {
          await rollback.mutateAsync({ to: version, version: one.version });
          toastDone(`Configuration and overrides are those of version ${version} again.`);
        }}
      >
        Configuration and overrides become what they were in version {version}, as a new version
        {one.shared ? `, on all ${one.product_ids?.length} products` : ""}. The products stay as they are.
      </ConfirmDialog>
    </Panel>
  );
}
