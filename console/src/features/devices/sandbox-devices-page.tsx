// The devices that one has claimed: their events are in one's sandbox.
import { Button, Group, Modal, Stack, Table, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link } from "react-router";
import { useClaimDevice, useMyDevices, useReleaseMyDevice } from "../../api/devices";
import { productPath, useNamedProducts } from "../../api/products";
import type { Device } from "../../api/types";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { plural } from "../../lib/format";
import { useUrlState } from "../../lib/url-state";
import { ConfirmDialog } from "../../ui/confirm";
import { Copyable } from "../../ui/copy";
import { Empty } from "../../ui/empty";
import { ErrorPanel } from "../../ui/error-panel";
import { IconPlus } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { Time } from "../../ui/time";
import { toastDone, toastProblem } from "../../ui/toast";

export function Page() {
  const query = useMyDevices();
  const [claiming, setClaiming] = useUrlState("claim", "", true);
  const [released, setReleased] = useState<Device | null>(null);
  const releasing = useReleaseMyDevice();
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setClaiming("1")}>
      Claim a device
    </Button>
  );
  return (
    <PageFrame
      title="Devices"
      hint={
        query.data === undefined
          ? "That you have claimed"
          : `${plural(query.data.length, "device")} that you have claimed`
      }
      actions={add}
    >
      <QueryView
        query={query}
        isEmpty={(devices) => devices.length === 0}
        empty={
          <Empty title="No device is yours" action={add}>
            Claim a device by its id: what it publishes then fires the integrations of your sandbox.
          </Empty>
        }
      >
        {(devices) => <Devices devices={devices} onRelease={setReleased} />}
      </QueryView>
      {claiming !== "" && <ClaimDialog onClose={() => setClaiming("")} />}
      <ConfirmDialog
        opened={released !== null}
        onClose={() => setReleased(null)}
        title={`Release ${released?.name ?? released?.id ?? ""}?`}
        verb="Release"
        onConfirm={() => releasing.mutateAsync(released?.id ?? "")}
      >
        <Text size="sm">
          You no longer have it: its events no longer reach your sandbox. If it is in a product, it stays there.
        </Text>
      </ConfirmDialog>
    </PageFrame>
  );
}

function Devices({ devices, onRelease }: { devices: Device[]; onRelease: (device: Device) => void }) {
  const claiming = useClaimDevice();
  const claim = (id: string) =>
    claiming.mutate(id, {
      onError: (problem) => toastProblem(problem),
      onSuccess: () => toastDone("The device is yours"),
    });
  const products = useNamedProducts(useSpace());
  return (
    <Panel padding={0}>
      <Table.ScrollContainer minWidth={640} type="native">
        <Table aria-label="Devices" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Device</Table.Th>
              <Table.Th>Product</Table.Th>
              <Table.Th>Last heard</Table.Th>
              <Table.Th w={200}>
                <span className="visually-hidden">Claim or release</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {devices.map((one) => {
              const product = products.data?.find((each) => each.id === one.product_id);
              return (
                <Table.Tr key={one.id}>
                  <Table.Td>
                    {one.name !== null && (
                      <Text size="sm" fw={600}>
                        {one.name}
                      </Text>
                    )}
                    <Copyable value={one.id} label={`Copy the id ${one.id}`} />
                    {one.claim_pending && (
                      <Text size="xs" c="dimmed">
                        Claimed for you; its events reach you once you claim it.
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    {product === undefined ? (
                      <Text span size="sm" c="dimmed">
                        {one.product_id ?? "in none"}
                      </Text>
                    ) : (
                      <Text component={Link} to={productPath(product.slug)} size="sm" c="var(--mantine-color-anchor)">
                        {product.name}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    <Text span size="sm" c={one.last_heard === null ? "dimmed" : undefined}>
                      {one.last_heard === null ? "never" : <Time value={one.last_heard} />}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <Group gap="xs" wrap="nowrap" justify="flex-end">
                      {one.claim_pending && (
                        <Button size="xs" onClick={() => claim(one.id)} aria-label={`Claim ${one.id}`}>
                          Claim
                        </Button>
                      )}
                      <Button
                        variant="default"
                        size="xs"
                        onClick={() => onRelease(one)}
                        aria-label={`Release ${one.id}`}
                      >
                        Release
                      </Button>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}

const kFields = ["id"] as const;

function ClaimDialog({ onClose }: { onClose: () => void }) {
  const [id, setId] = useState("");
  const claiming = useClaimDevice();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    claiming.mutate(id.trim(), {
      onSuccess: () => {
        toastDone("The device is yours");
        onClose();
      },
    });
  };
  return (
    <Modal opened onClose={onClose} title="Claim a device">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Device id"
            description="24 hex digits. One of a product takes the role Developer there."
            placeholder="e00fce681fffffffffc08949"
            value={id}
            required
            withAsterisk={false}
            error={fieldErrors(claiming.error, kFields).id}
            onChange={(event) => setId(event.currentTarget.value)}
            data-autofocus
          />
          {claiming.isError && hasOther(claiming.error, kFields) && <ErrorPanel error={claiming.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={claiming.isPending}>
              Claim
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
