// What one can do with an integration as a whole.
import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useDeleteIntegration, useResumeIntegration } from "../../../api/integrations";
import type { Integration, IntegrationDetail } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { formatCount, plural } from "../../../lib/format";
import { nameOf } from "../../../lib/integration";
import { waitsOf } from "../../../lib/waits";
import { ConfirmDialog } from "../../../ui/confirm";
import { IconEdit, IconMailX, IconPlayerPause, IconPlayerPlay, IconTestPipe, IconTrash } from "../../../ui/icons";
import { PermittedButton } from "../../../ui/permitted";
import { toastDone, toastKept, toastProblem } from "../../../ui/toast";
import { PauseDialog } from "./pause-dialog";
import { type Rights, seenFromOne } from "./rights";
import { TestDialog } from "./test-dialog";
import { WaitsNote } from "./waits-note";

// The placements that the buttons here act upon: of the organization all, of a product its own.
function ownPlacements(one: Integration, slug: string, kind: string) {
  const present = (one.products ?? []).filter((product) => !product.removed);
  return kind === "product" ? present.filter((product) => product.slug === slug) : present;
}

export function HeaderActions({ one, rights }: { one: IntegrationDetail; rights: Rights }) {
  const space = useSpace();
  const [dialog, setDialog] = useState<"pause" | "change" | "test" | "delete" | null>(null);
  const resume = useResumeIntegration(space, one.id);
  const placements = ownPlacements(one, space.slug, space.kind);
  const running = placements.filter((product) => product.paused === undefined);
  const paused = placements.filter((product) => product.paused !== undefined);
  const mode = (one.paused ?? paused[0]?.paused)?.mode ?? "hold";
  const somePaused = space.kind === "sandbox" ? one.paused !== undefined : running.length < placements.length;
  const someRun = space.kind === "sandbox" ? one.paused === undefined : running.length > 0;
  const close = () => setDialog(null);
  const resumeAll = () =>
    resume.mutate({}, { onSuccess: () => toastDone("It runs again."), onError: (problem) => toastProblem(problem) });
  const removes = seenFromOne(space, one);
  return (
    <>
      <PermittedButton
        allowed={rights.edit}
        to={`${space.path}/integrations/${one.id}/edit`}
        size="sm"
        leftSection={<IconEdit size={16} aria-hidden />}
      >
        Edit
      </PermittedButton>
      <PermittedButton
        allowed={rights.test}
        size="sm"
        variant="default"
        leftSection={<IconTestPipe size={16} aria-hidden />}
        onClick={() => setDialog("test")}
      >
        Test
      </PermittedButton>
      <Button
        component={Link}
        to={`${space.path}/dead-letters?integration=${one.id}`}
        size="sm"
        variant="default"
        leftSection={<IconMailX size={16} aria-hidden />}
      >
        Dead letters
      </Button>
      {someRun && (
        <PermittedButton
          allowed={rights.pause}
          size="sm"
          variant="default"
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          onClick={() => setDialog("pause")}
        >
          Pause
        </PermittedButton>
      )}
      {somePaused && (
        <PermittedButton
          allowed={rights.pause}
          size="sm"
          variant="default"
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          onClick={() => setDialog("change")}
        >
          Change pause
        </PermittedButton>
      )}
      {somePaused && (
        <PermittedButton
          allowed={rights.pause}
          size="sm"
          variant="default"
          loading={resume.isPending}
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={resumeAll}
        >
          Resume
        </PermittedButton>
      )}
      <PermittedButton
        allowed={rights.remove}
        size="sm"
        variant="default"
        c={rights.remove.ok ? "var(--mantine-color-error)" : undefined}
        leftSection={<IconTrash size={16} aria-hidden />}
        onClick={() => setDialog("delete")}
      >
        {removes ? "Remove from this product" : "Delete"}
      </PermittedButton>
      <PauseDialog
        opened={dialog === "pause"}
        onClose={close}
        one={one}
        products={running}
        title={`Pause ${nameOf(one)}`}
      />
      <PauseDialog
        opened={dialog === "change"}
        onClose={close}
        one={one}
        products={paused}
        mode={mode}
        title={`Change the pause of ${nameOf(one)}`}
      />
      <TestDialog opened={dialog === "test"} onClose={close} one={one} products={placements} />
      <DeleteDialog opened={dialog === "delete"} onClose={close} one={one} removes={removes} />
    </>
  );
}

function DeleteDialog({
  one,
  removes,
  opened,
  onClose,
}: {
  one: IntegrationDetail;
  removes: boolean;
  opened: boolean;
  onClose: () => void;
}) {
  const space = useSpace();
  const navigate = useNavigate();
  const remove = useDeleteIntegration(space, one.id);
  const name = nameOf(one);
  const products = (one.products ?? []).filter((product) => !product.removed);
  const names = products.map((product) => product.name ?? product.slug).join(", ");
  const confirm = async () => {
    const { cancelled } = await remove.mutateAsync();
    if (removes) toastDone(`${name} no longer runs on ${space.name}.`);
    else if (cancelled > 0) toastKept(`${name} is deleted: ${formatCount(cancelled)} cancelled.`);
    else toastDone(`${name} is deleted. Nothing waited.`);
    navigate(`${space.path}/integrations`);
  };
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={removes ? `Remove ${name} from ${space.name}?` : `Delete ${name}?`}
      verb={removes ? "Remove" : "Delete"}
      onConfirm={confirm}
    >
      <Stack gap="sm">
        <Text size="sm">
          {removes
            ? `Events of ${space.name} no longer fire it. It goes on running on its ${plural(products.length - 1, "other product")}, where it keeps the numbers it counted for ${space.name}.`
            : products.length === 0
              ? "Events no longer fire it. This cannot be taken back."
              : `Events no longer fire it on ${names}. This cannot be taken back.`}
        </Text>
        <WaitsNote
          waits={waitsOf(one)}
          products={one.products}
          color={removes ? "yellow" : "red"}
          becomes={
            removes
              ? "What was accepted before goes on being delivered."
              : "What waits ends as cancelled: no request begins any more."
          }
        />
      </Stack>
    </ConfirmDialog>
  );
}
