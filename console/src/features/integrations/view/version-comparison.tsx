// What a version differs in from another, and going back to it.
import { Group, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useRollback, useVersion } from "../../../api/integrations";
import type { IntegrationDetail, VersionSummary } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { useUrlState } from "../../../lib/url-state";
import { ConfirmDialog } from "../../../ui/confirm";
import { DiffView } from "../../../ui/diff-view";
import { Panel } from "../../../ui/panel";
import { PermittedButton } from "../../../ui/permitted";
import { QueryView } from "../../../ui/query-view";
import { toastDone } from "../../../ui/toast";
import { fieldName, withProductNames } from "./field-names";
import type { Rights } from "./rights";

interface ComparisonProps {
  one: IntegrationDetail;
  version: number;
  versions: VersionSummary[];
  productName: (id: number) => string;
  rights: Rights;
}
export function VersionComparison({ one, version, versions, productName, rights }: ComparisonProps) {
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
