// Who changed what, when: newest first, each entry opens to the difference. `?target=` shows one thing's entries.
import { Anchor, Badge, Button, Group, Stack, Switch, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "react-router";
import { useAudit } from "../../api/audit";
import type { AuditEntry } from "../../api/types";
import { useSession } from "../../app/session";
import { useSpace } from "../../app/space";
import { useUrlState } from "../../lib/url-state";
import { Empty } from "../../ui/empty";
import { ErrorPanel } from "../../ui/error-panel";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { Lines } from "../../ui/query-view";
import { Time } from "../../ui/time";
import classes from "./audit.module.css";
import { ChangeList } from "./change-list";

export function Page() {
  const space = useSpace();
  const session = useSession();
  const [target, setTarget] = useUrlState("target");
  const [all, setAll] = useUrlState("all");
  const [text, setText] = useState(target);
  const later = useDebouncedCallback(setTarget, 300);
  const may = space.can("audit");
  return (
    <PageFrame
      title="Audit"
      hint={
        space.kind === "sandbox"
          ? "What was changed in your account, your sandbox and your products."
          : "Every change, who made it, and what it was before."
      }
    >
      <Group align="flex-end">
        <TextInput
          label="Only about"
          placeholder="Id of an integration, product, user…"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            later(event.currentTarget.value.trim());
          }}
          w={340}
          maw="100%"
        />
        {space.kind === "sandbox" && session.user.administrator && (
          <Switch
            label="The whole installation"
            checked={all === "1"}
            onChange={(event) => setAll(event.currentTarget.checked ? "1" : "")}
            mb={8}
          />
        )}
      </Group>
      <Panel padding={0}>
        {may.ok ? (
          <Entries api={space.api} target={target} all={all === "1"} />
        ) : (
          <Empty title="Not for your role">{may.reason}</Empty>
        )}
      </Panel>
    </PageFrame>
  );
}

function Entries({ api, target, all }: { api: string; target: string; all: boolean }) {
  const query = useAudit(api, target, all);
  const [open, setOpen] = useUrlState("open", "", true);
  if (query.data === undefined) {
    return (
      <div style={{ padding: 16 }} aria-busy={!query.isError}>
        {query.isError ? <ErrorPanel error={query.error} onRetry={() => query.refetch()} /> : <Lines />}
      </div>
    );
  }
  const entries = query.data.pages.flatMap((page) => page.audit);
  if (entries.length === 0) {
    return (
      <Empty title="Nothing recorded">
        {target === "" ? "Changes appear here as they are made." : "Nothing is recorded about that id."}
      </Empty>
    );
  }
  return (
    <Stack gap={0}>
      <ol className={classes.list} aria-label="Changes, newest first">
        {entries.map((entry) => (
          <Entry
            key={entry.number}
            entry={entry}
            open={open === String(entry.number)}
            onToggle={() => setOpen(open === String(entry.number) ? "" : String(entry.number))}
          />
        ))}
      </ol>
      {query.hasNextPage && (
        <Button m="md" variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          Show older ones
        </Button>
      )}
    </Stack>
  );
}

function Entry({ entry, open, onToggle }: { entry: AuditEntry; open: boolean; onToggle: () => void }) {
  const space = useSpace();
  const count = Object.keys(entry.changes ?? {}).length;
  const isIntegration = entry.action.startsWith("integration.") && entry.action !== "integration.deleted";
  return (
    <li className={classes.entry}>
      <UnstyledButton className={classes.row} onClick={onToggle} aria-expanded={open}>
        <Text span size="sm" c="dimmed" className={classes.time}>
          <Time value={entry.time} />
        </Text>
        <Badge variant="default" radius="sm" tt="none" fw={600}>
          {entry.action}
        </Badge>
        <Text span size="sm" className={classes.target}>
          {entry.target_name || entry.target}
        </Text>
        <Text span size="sm" c="dimmed" className={classes.by}>
          {entry.by?.username ?? "the server"}
        </Text>
      </UnstyledButton>
      {open && (
        <div className={classes.detail}>
          <Group gap="md" mb="xs">
            <Text size="sm">
              <Time value={entry.time} relative={false} />
            </Text>
            {isIntegration ? (
              <Anchor component={Link} to={`${space.path}/integrations/${entry.target}`} size="sm" underline="always">
                Open the integration
              </Anchor>
            ) : (
              <Text size="sm" className="mono">
                {entry.target}
              </Text>
            )}
          </Group>
          {count === 0 ? (
            <Text size="sm" c="dimmed">
              No values are recorded with this.
            </Text>
          ) : (
            <ChangeList changes={entry.changes} />
          )}
        </div>
      )}
    </li>
  );
}
