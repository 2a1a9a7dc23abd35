// The devices of a product, by pages.
import { Button, Group, Pagination, Select, Stack, Text, TextInput } from "@mantine/core";
import { useCallback, useState } from "react";
import { useClaimDevice, useDevices, useReleaseDevice, useRemoveDevices, useUpdateDevice } from "../../api/devices";
import { useGroups } from "../../api/products";
import type { Device } from "../../api/types";
import { useSpace } from "../../app/space";
import { plural } from "../../lib/format";
import { useTypedUrlState } from "../../lib/typed-url-state";
import { useUrlState } from "../../lib/url-state";
import { ConfirmDialog } from "../../ui/confirm";
import { Empty } from "../../ui/empty";
import { IconSearch, IconUpload } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { toastDone, toastProblem } from "../../ui/toast";
import type { Sort } from "../../ui/virtual-table";
import { type DeviceAction, DeviceTable } from "./device-table";
import { pageNumber, searchIn } from "./devices";
import { GroupsDialog, GroupsOfButton, GroupsOfDialog } from "./group-dialogs";
import { ImportDialog } from "./import-dialog";
import { RenameDialog } from "./rename-dialog";

type Dialog =
  | { kind: "rename" | "release"; device: Device }
  | { kind: "groups" | "remove"; ids: string[] }
  | { kind: "all-groups" };

export function Page() {
  const space = useSpace();
  const [importing, setImporting] = useUrlState("import", "", true);
  const [typed, setTyped] = useTypedUrlState("q", "page");
  const [where, setWhere] = useUrlState("in", "", false, "page");
  const [group, setGroup] = useUrlState("group", "", false, "page");
  const [pageText, setPage] = useUrlState("page", "1", true);
  const [sortText, setSortText] = useUrlState("sort", "", false, "page");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const groups = useGroups(space.api);
  const looked = searchIn(typed, where);
  const sort: Sort | undefined =
    sortText === "" ? undefined : { column: sortText.replace(/^-/, ""), descending: sortText.startsWith("-") };
  const query = useDevices(space.api, {
    page: pageNumber(pageText, 1_000_000),
    search: { in: looked, text: typed.trim() },
    group,
    sort: sort?.column ?? "",
    descending: sort?.descending ?? false,
  });
  const act = useActions(setDialog);

  const onSelect = useCallback((id: string, on: boolean) => {
    setSelected((before) => {
      const after = new Set(before);
      if (on) after.add(id);
      else after.delete(id);
      return after;
    });
  }, []);
  const groupNames = groups.data?.map((one) => one.name) ?? [];
  const filtered = typed.trim() !== "" || group !== "";
  const add = (
    <PermittedButton
      allowed={space.can("devices:import")}
      leftSection={<IconUpload size={16} aria-hidden />}
      onClick={() => setImporting("1")}
    >
      Import devices
    </PermittedButton>
  );
  return (
    <PageFrame
      title="Devices"
      hint={query.data === undefined ? undefined : plural(query.data.meta.total, "device")}
      actions={
        <>
          <Button variant="default" onClick={() => setDialog({ kind: "all-groups" })}>
            Groups
          </Button>
          {add}
        </>
      }
    >
      <Group gap="xs">
        <TextInput
          aria-label="Search devices"
          placeholder="Id or name"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          style={{ flex: "1 1 220px", maxWidth: 360 }}
        />
        <Select
          aria-label="Group"
          placeholder="All groups"
          data={group !== "" && !groupNames.includes(group) ? [...groupNames, group] : groupNames}
          value={group === "" ? null : group}
          onChange={(value) => setGroup(value ?? "")}
          clearable
          clearButtonProps={{ "aria-label": "All groups" }}
          nothingFoundMessage="No device is in a group"
          w={180}
        />
        {typed.trim() !== "" && (
          <Group gap={6}>
            <Text size="sm" c="dimmed">
              Searched in {looked === "id" ? "ids" : "names"}
            </Text>
            <Button size="compact-xs" variant="subtle" onClick={() => setWhere(looked === "id" ? "name" : "id")}>
              Search {looked === "id" ? "names" : "ids"}
            </Button>
          </Group>
        )}
      </Group>
      <QueryView
        query={query}
        isEmpty={(page) => page.meta.total === 0}
        empty={
          filtered ? (
            <Empty
              title="No device fits"
              action={
                <Button
                  variant="default"
                  size="xs"
                  onClick={() => {
                    setTyped("");
                    setGroup("");
                  }}
                >
                  Show all devices
                </Button>
              }
            />
          ) : (
            <Empty title="No device yet" action={add}>
              Import the ids of the product's devices: events of devices that are not in it do not reach its
              integrations.
            </Empty>
          )
        }
      >
        {(page) => (
          <Stack gap="sm">
            <Selection
              page={page.devices}
              selected={selected}
              onChange={setSelected}
              onGroups={() => setDialog({ kind: "groups", ids: [...selected] })}
              onRemove={() => setDialog({ kind: "remove", ids: [...selected] })}
            />
            <DeviceTable
              devices={page.devices}
              selected={selected}
              onSelect={onSelect}
              onAction={act}
              onGroup={setGroup}
              sort={sort}
              onSort={(next) => setSortText((next.descending ? "-" : "") + next.column)}
            />
            {page.meta.total_pages > 1 && (
              <Pagination
                total={page.meta.total_pages}
                value={pageNumber(pageText, page.meta.total_pages)}
                onChange={(next) => setPage(String(next))}
                getControlProps={(control) => ({
                  "aria-label": `${control[0]?.toUpperCase()}${control.slice(1)} page`,
                })}
                getItemProps={(number) => ({ "aria-label": `Page ${number}` })}
              />
            )}
          </Stack>
        )}
      </QueryView>
      {importing !== "" && <ImportDialog onClose={() => setImporting("")} />}
      {dialog?.kind === "rename" && <RenameDialog device={dialog.device} onClose={() => setDialog(null)} />}
      {dialog?.kind === "groups" && (
        <GroupsOfDialog ids={dialog.ids} groups={groupNames} onClose={() => setDialog(null)} />
      )}
      {dialog?.kind === "all-groups" && (
        <GroupsDialog
          groups={groups.data ?? []}
          onClose={() => setDialog(null)}
          onShow={(name) => {
            setDialog(null);
            setGroup(name);
          }}
        />
      )}
      <Confirmations dialog={dialog} onClose={() => setDialog(null)} onRemoved={() => setSelected(new Set())} />
    </PageFrame>
  );
}

// What the menu of a row does: some at once, the rest in a dialog.
function useActions(setDialog: (dialog: Dialog) => void) {
  const space = useSpace();
  const { mutate: update } = useUpdateDevice(space.api);
  const { mutate: claim } = useClaimDevice(space.api);
  return useCallback(
    (device: Device, action: DeviceAction) => {
      const onError = (problem: Error) => toastProblem(problem);
      switch (action) {
        case "rename":
        case "release":
          return setDialog({ kind: action, device });
        case "groups":
        case "remove":
          return setDialog({ kind: action, ids: [device.id] });
        case "development":
          return update({ id: device.id, change: { development: !device.development } }, { onError });
        case "claim":
          return claim(device.id, { onError, onSuccess: () => toastDone("The device is yours") });
      }
    },
    [update, claim, setDialog],
  );
}

function Confirmations({
  dialog,
  onClose,
  onRemoved,
}: {
  dialog: Dialog | null;
  onClose: () => void;
  onRemoved: () => void;
}) {
  const space = useSpace();
  const removing = useRemoveDevices(space.api);
  const releasing = useReleaseDevice(space.api);
  const ids = dialog?.kind === "remove" ? dialog.ids : [];
  const released = dialog?.kind === "release" ? dialog.device : null;
  return (
    <>
      <ConfirmDialog
        opened={ids.length > 0}
        onClose={onClose}
        title={ids.length === 1 ? `Remove ${ids[0]}?` : `Remove ${plural(ids.length, "device")}?`}
        verb="Remove"
        onConfirm={() => removing.mutateAsync(ids).then(onRemoved)}
      >
        <Text size="sm">
          Out of {space.name}: what is published for it no longer fires the integrations of this product. The device can
          be imported again.
        </Text>
      </ConfirmDialog>
      <ConfirmDialog
        opened={released !== null}
        onClose={onClose}
        title={`Release ${released?.name ?? released?.id ?? ""}?`}
        verb="Release"
        onConfirm={() => releasing.mutateAsync(released?.id ?? "")}
      >
        <Text size="sm">
          {released?.owner} no longer has it, and its events no longer reach that sandbox. It stays in the product.
        </Text>
      </ConfirmDialog>
    </>
  );
}

function Selection({
  page,
  selected,
  onChange,
  onGroups,
  onRemove,
}: {
  page: Device[];
  selected: ReadonlySet<string>;
  onChange: (selected: ReadonlySet<string>) => void;
  onGroups: () => void;
  onRemove: () => void;
}) {
  const space = useSpace();
  const whole = page.every((one) => selected.has(one.id));
  return (
    <Group gap="xs" mih={30}>
      {!whole && (
        <Button
          variant="default"
          size="xs"
          onClick={() => onChange(new Set([...selected, ...page.map((one) => one.id)]))}
        >
          Select these {page.length}
        </Button>
      )}
      {selected.size > 0 && (
        <>
          <Text size="sm" role="status">
            {selected.size} selected
          </Text>
          <GroupsOfButton count={selected.size} onClick={onGroups} />
          <PermittedButton allowed={space.can("devices:remove")} variant="default" size="xs" onClick={onRemove}>
            Remove ({selected.size})
          </PermittedButton>
          <Button variant="subtle" size="xs" onClick={() => onChange(new Set())}>
            Clear selection
          </Button>
        </>
      )}
    </Group>
  );
}
