// One key ("/" or Ctrl-K) to everything: pages of this space, integrations and products by name, other spaces, commands.
import { Modal, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { get } from "../api/client";
import type { Integration, Product } from "../api/types";
import { nameOf } from "../lib/integration";
import { IconSearch } from "../ui/icons";
import { linksOf } from "./navigation";
import classes from "./palette.module.css";
import { rankChoices } from "./palette-rank";
import { useSession } from "./session";
import { useMaybeSpace } from "./space";

interface Choice {
  key: string;
  label: string;
  hint: string;
  to: string;
}

const kShownMax = 12;

export function Palette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="12vh"
      attributes={{ content: { "aria-label": "Search and commands" } }}
    >
      {opened && <PaletteContent onClose={onClose} />}
    </Modal>
  );
}

function PaletteContent({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const choices = rankChoices(useChoices(), text).slice(0, kShownMax);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    list.current?.querySelector(`[data-index="${at}"]`)?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const go = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    onClose();
    navigate(choice.to);
  };
  return (
    <>
      <TextInput
        data-autofocus
        size="md"
        variant="unstyled"
        px="md"
        py={6}
        leftSection={<IconSearch size={18} aria-hidden />}
        leftSectionWidth={44}
        placeholder="Search pages, integrations, products, spaces"
        aria-label="Search"
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={choices.length > 0 ? `${id}-${at}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setAt(Math.min(at + 1, choices.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
          else if (event.key === "Enter") go(choices[at]);
          else return;
          event.preventDefault();
        }}
      />
      <div className={classes.list} role="listbox" id={`${id}-list`} aria-label="Results" ref={list}>
        {choices.map((choice, index) => (
          <UnstyledButton
            key={choice.key}
            id={`${id}-${index}`}
            data-index={index}
            className={classes.choice}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            onMouseMove={() => setAt(index)}
            onClick={() => go(choice)}
          >
            <Text size="sm" truncate>
              {choice.label}
            </Text>
            <Text size="xs" c="dimmed" className={classes.hint}>
              {choice.hint}
            </Text>
          </UnstyledButton>
        ))}
        {choices.length === 0 && (
          <Text c="dimmed" size="sm" p="md">
            Nothing is called that here.
          </Text>
        )}
      </div>
    </>
  );
}

function useChoices(): Choice[] {
  const session = useSession();
  const space = useMaybeSpace();
  const list = useQuery({
    queryKey: ["integrations", space?.api ?? ""],
    queryFn: ({ signal }) => get<Integration[]>(`${space?.api}/integrations`, signal),
    enabled: space !== null,
  });
  const products = useQuery({
    queryKey: ["products", space?.api ?? ""],
    queryFn: ({ signal }) =>
      get<{ products: Product[] }>(`${space?.api}/products`, signal).then((answer) => answer.products),
    enabled: space?.kind === "organization",
  });
  const choices: Choice[] = linksOf(space, session).map((link) => ({
    key: link.to,
    label: link.label,
    hint: space?.name ?? "",
    to: link.to,
  }));
  if (space?.can("integrations:create").ok) {
    const to = `${space.path}/integrations/new`;
    choices.push({ key: to, label: "New integration", hint: "Command", to });
  }
  for (const one of list.data ?? []) {
    choices.push({ key: one.id, label: nameOf(one), hint: one.event, to: `${space?.path}/integrations/${one.id}` });
  }
  for (const one of products.data ?? []) {
    choices.push({ key: `product-${one.id}`, label: one.name, hint: "Product", to: `/products/${one.slug}` });
  }
  for (const one of session.organizations) {
    choices.push({ key: one.id, label: one.name, hint: "Organization", to: `/orgs/${one.slug}/integrations` });
  }
  choices.push({ key: "sandbox", label: "Sandbox", hint: "Space", to: "/sandbox/integrations" });
  choices.push({ key: "account", label: "Account", hint: "Yours", to: "/account" });
  if (session.user.administrator) {
    choices.push({ key: "instance", label: "Installation", hint: "Administration", to: "/instance" });
  }
  return choices;
}
