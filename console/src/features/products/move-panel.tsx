// Moving a product to an organization, or to oneself.
import { List, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { moveProduct, productPath } from "../../api/products";
import type { Product } from "../../api/types";
import { useSession } from "../../app/session";
import { useSpace } from "../../app/space";
import { rankOf } from "../../lib/permissions";
import { ConfirmDialog } from "../../ui/confirm";
import { Panel } from "../../ui/panel";
import { PermittedButton } from "../../ui/permitted";
import { toastDone } from "../../ui/toast";

const kOneself = "oneself"; // no organization's id: those are hex

export function MovePanel({ product }: { product: Product }) {
  const space = useSpace();
  const session = useSession();
  const navigate = useNavigate();
  const [to, setTo] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const others = session.organizations.filter((one) => one.id !== product.organization_id);
  const choices = others.map((one) => {
    const enough = session.user.administrator || rankOf(one.role) >= rankOf("Administrator");
    return { value: one.id, label: enough ? one.name : `${one.name} (you are ${one.role} there)`, disabled: !enough };
  });
  if (product.organization_id !== undefined) choices.push({ value: kOneself, label: "Yourself", disabled: false });
  const chosen = others.find((one) => one.id === to);
  const where = to === kOneself ? "yourself" : (chosen?.name ?? "");
  const from = product.org ?? "its owner";
  const move = async () => {
    const moved = await moveProduct(product, to === kOneself ? null : to);
    toastDone(`${moved.name} moved to ${where}`);
    navigate(productPath(moved.slug), { replace: true });
  };
  return (
    <Panel title="Move">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          A product can move to another organization, or to yourself, with its devices and integrations. You need to be
          Administrator on both sides.
        </Text>
        <Select
          label="Move to"
          placeholder={choices.length === 0 ? "There is nowhere to move it to" : "Choose"}
          data={choices}
          value={to}
          onChange={setTo}
          disabled={choices.length === 0}
          searchable
          w="100%"
          maw={360}
        />
        <PermittedButton
          allowed={space.can("products:update")}
          variant="default"
          disabled={space.can("products:update").ok && to === null}
          onClick={() => setAsking(true)}
        >
          Move product
        </PermittedButton>
      </Stack>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Move ${product.name} to ${where}?`}
        verb="Move"
        danger={false}
        onConfirm={move}
      >
        <List size="sm" spacing={4}>
          <List.Item>Its devices, variables and own team go along.</List.Item>
          <List.Item>
            Of integrations that it shares with products of {from}, a copy goes along; the others keep the shared one.
          </List.Item>
          <List.Item>
            {chosen === undefined
              ? "Integrations become its own."
              : `What is identical in ${chosen.name} is joined there, if that organization joins by itself.`}
          </List.Item>
          <List.Item>
            The members of {from} lose their access to it
            {chosen === undefined ? "." : `, those of ${chosen.name} get theirs.`}
          </List.Item>
          <List.Item>
            If a secret or a variable that an integration needs is missing over there, nothing is moved, and the answer
            says which.
          </List.Item>
        </List>
      </ConfirmDialog>
    </Panel>
  );
}
