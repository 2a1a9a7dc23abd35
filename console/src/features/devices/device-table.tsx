// The devices of a page of the list.
import { ActionIcon, Badge, Checkbox, Group, Menu, Text } from "@mantine/core";
import { useMemo } from "react";
import { Link } from "react-router";
import type { Device } from "../../api/types";
import { useSession } from "../../app/session";
import { useSpace } from "../../app/space";
import type { Allowed } from "../../lib/permissions";
import { CopyIcon } from "../../ui/copy";
import { IconDots } from "../../ui/icons";
import { Time } from "../../ui/time";
import { type Column, type Sort, VirtualTable } from "../../ui/virtual-table";
import classes from "./device-table.module.css";

export type DeviceAction = "rename" | "groups" | "development" | "claim" | "release" | "remove";

interface Props {
  devices: Device[];
  selected: ReadonlySet<string>;
  onSelect: (id: string, selected: boolean) => void;
  onAction: (device: Device, action: DeviceAction) => void;
  onGroup: (group: string) => void;
  sort?: Sort;
  onSort: (sort: Sort) => void;
}

const eventsOf = (path: string, device: Device) => `${path}/event-log?search=${device.id}`;

export function DeviceTable({ devices, selected, onSelect, onAction, onGroup, sort, onSort }: Props) {
  const { path } = useSpace();
  const columns = useMemo(
    (): Column<Device>[] => [
      {
        id: "select",
        title: "Select",
        width: "68px",
        className: classes.select,
        cell: (one) => (
          <Checkbox
            size="xs"
            aria-label={`Select ${one.name ?? one.id}`}
            checked={selected.has(one.id)}
            onChange={(event) => onSelect(one.id, event.currentTarget.checked)}
          />
        ),
      },
      {
        id: "deviceName",
        title: "Device",
        sortable: true,
        className: classes.device,
        cell: (one) => (
          <div className={classes.names}>
            {one.name !== null && (
              <Text size="sm" fw={600} truncate>
                <Link to={eventsOf(path, one)} className={classes.link} title="Its events">
                  {one.name}
                </Link>
              </Text>
            )}
            <Group gap={2} wrap="nowrap">
              <Text span size="xs" className="mono" truncate c={one.name === null ? undefined : "dimmed"}>
                {one.name !== null ? (
                  one.id
                ) : (
                  <Link to={eventsOf(path, one)} className={classes.link} title="Its events">
                    {one.id}
                  </Link>
                )}
              </Text>
              <CopyIcon value={one.id} label={`Copy the id ${one.id}`} />
              {one.development && (
                <Badge size="xs" variant="default" style={{ flex: "none" }} title="Marked as a development device">
                  Dev
                </Badge>
              )}
            </Group>
          </div>
        ),
      },
      {
        id: "groups",
        title: "Groups",
        width: "17%",
        className: classes.groups,
        cell: (one) => <Groups groups={one.groups ?? []} onGroup={onGroup} />,
      },
      {
        id: "firmwareVersion",
        title: "Firmware",
        width: "100px",
        sortable: true,
        className: classes.firmware,
        cell: (one) => <Plain value={one.firmware_version ?? null} />,
      },
      {
        id: "os",
        title: "Device OS",
        width: "94px",
        className: classes.extra,
        cell: (one) => <Plain value={one.system_firmware_version} />,
      },
      {
        id: "owner",
        title: "Owner",
        width: "13%",
        className: classes.extra,
        cell: (one) => <Plain value={one.claim_pending ? `for ${one.owner}` : one.owner} />,
      },
      {
        id: "heard",
        title: "Last heard",
        width: "116px",
        className: classes.heard,
        cell: (one) => (
          <Text size="sm" component="span" c={one.last_heard === null ? "dimmed" : undefined}>
            {one.last_heard === null ? "never" : <Time value={one.last_heard} />}
          </Text>
        ),
      },
      {
        id: "menu",
        title: "Actions",
        width: "84px",
        className: classes.menu,
        cell: (one) => <DeviceMenu device={one} onAction={onAction} />,
      },
    ],
    [selected, onSelect, onAction, onGroup, path],
  );
  return (
    <VirtualTable
      label="Devices"
      rows={devices}
      columns={columns}
      keyOf={keyOf}
      rowHeight={52}
      compactHeight={86}
      compactBelow={820}
      compactClass={classes.card}
      sort={sort}
      onSort={onSort}
    />
  );
}

const keyOf = (one: Device) => one.id;

function Plain({ value }: { value: string | number | null }) {
  if (value === null) {
    return (
      <Text span size="sm" c="dimmed">
        –
      </Text>
    );
  }
  return (
    <Text size="sm" truncate title={String(value)}>
      {value}
    </Text>
  );
}

const kGroupsShown = 2;
function Groups({ groups, onGroup }: { groups: string[]; onGroup: (group: string) => void }) {
  if (groups.length === 0) return <Plain value={null} />;
  const more = groups.slice(kGroupsShown);
  return (
    <Group gap={4} wrap="nowrap">
      {groups.slice(0, kGroupsShown).map((one) => (
        <Badge
          key={one}
          component="button"
          variant="default"
          size="sm"
          tt="none"
          fw={500}
          style={{ cursor: "pointer", minWidth: 0 }}
          title={`Show only ${one}`}
          onClick={() => onGroup(one)}
        >
          {one}
        </Badge>
      ))}
      {more.length > 0 && (
        <Text span size="xs" c="dimmed" title={more.join(", ")}>
          +{more.length}
        </Text>
      )}
    </Group>
  );
}

function DeviceMenu({ device, onAction }: { device: Device; onAction: Props["onAction"] }) {
  const space = useSpace();
  const session = useSession();
  const item = (action: DeviceAction, text: string, allowed: Allowed, danger = false) => (
    <Menu.Item
      c={danger ? "var(--mantine-color-error)" : undefined}
      disabled={!allowed.ok}
      title={allowed.reason || undefined}
      onClick={() => onAction(device, action)}
    >
      {text}
    </Menu.Item>
  );
  const update = space.can("devices:update");
  const mine = device.owner === session.user.username;
  return (
    <Group justify="flex-end">
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions on ${device.name ?? device.id}`}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {item("rename", "Rename", update)}
          {item("groups", "Groups…", update)}
          {item("development", device.development ? "No development device" : "Mark as development device", update)}
          {(device.owner === null || (mine && device.claim_pending)) &&
            item("claim", "Claim for yourself", space.can("devices:update"))}
          {device.owner !== null &&
            item("release", mine ? "Release" : `Release from ${device.owner}`, space.can("devices:release"))}
          <Menu.Item component={Link} to={eventsOf(space.path, device)}>
            Events
          </Menu.Item>
          <Menu.Item component={Link} to={`${space.path}/dead-letters?device=${device.id}`}>
            Dead letters
          </Menu.Item>
          <Menu.Divider />
          {item("remove", "Remove from the product", space.can("devices:remove"), true)}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
