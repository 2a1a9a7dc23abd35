// While an edit is tried on some products, the settings do not change: it is promoted or discarded first.
import { Alert, Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useDiscard, usePromote } from "../../../api/integrations";
import type { IntegrationDetail } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { ConfirmDialog } from "../../../ui/confirm";
import { PermittedButton } from "../../../ui/permitted";
import { Time } from "../../../ui/time";
import { toastDone } from "../../../ui/toast";

export const kStagedNotice = "staged-notice";

export function StagedNotice({ detail, onDone }: { detail: IntegrationDetail; onDone: () => void }) {
  const space = useSpace();
  const [asking, setAsking] = useState<"Promote" | "Discard" | null>(null);
  const promote = usePromote(space, detail.id);
  const discard = useDiscard(space, detail.id);
  const { staged } = detail;
  if (staged === undefined || staged === null) return null;
  const names = (detail.products ?? [])
    .filter((one) => staged.product_ids.includes(one.id))
    .map((one) => one.name ?? one.slug ?? String(one.id));
  const may = space.can("integrations:update");
  const confirm = async () => {
    await (asking === "Promote" ? promote : discard).mutateAsync(undefined);
    toastDone(asking === "Promote" ? "Promoted to all products" : "The trial is discarded");
    onDone();
  };
  return (
    <Alert
      id={kStagedNotice}
      color="blue"
      role="status"
      title={`Version ${staged.version} is being tried on ${names.join(", ")}`}
    >
      <Text size="sm" mb="xs">
        {staged.by ?? "Somebody"} began it <Time value={staged.since} />. Until it is promoted or discarded, nothing
        else can be saved here.
      </Text>
      <Group gap="xs">
        <PermittedButton allowed={may} size="xs" onClick={() => setAsking("Promote")}>
          Promote
        </PermittedButton>
        <PermittedButton allowed={may} size="xs" variant="default" onClick={() => setAsking("Discard")}>
          Discard
        </PermittedButton>
        <Button size="xs" variant="subtle" component={Link} to={`${space.path}/integrations/${detail.id}`}>
          See how it does
        </Button>
      </Group>
      <ConfirmDialog
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={`${asking ?? "Promote"} version ${staged.version}?`}
        verb={asking ?? "Promote"}
        danger={asking === "Discard"}
        onConfirm={confirm}
      >
        <Text size="sm">
          {asking === "Discard"
            ? "The products that try it go back to the present version."
            : "All products of the integration run it from then on."}
        </Text>
      </ConfirmDialog>
    </Alert>
  );
}
