// What it is made of: the settings, the same as JSON, and device code that uses it.
import { SimpleGrid, Stack, Text } from "@mantine/core";
import type { IntegrationDetail } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { Panel } from "../../../ui/panel";
import { TextBlock } from "../../../ui/text-block";
import { Time } from "../../../ui/time";
import { printSettings, settingsOfAnswer } from "../form/settings-model";
import { HiddenNote } from "../form/warning-parts";
import { firmwareOf } from "./firmware";
import { SettingsView } from "./settings-view";

export function ConfigurationTab({ one }: { one: IntegrationDetail }) {
  const space = useSpace();
  // In a product: as it runs there.
  const effective = space.kind === "product" ? one.effective : undefined;
  const settings = settingsOfAnswer(effective?.configuration ?? one, space.kind);
  const differs = Object.keys(effective?.from ?? {}).length > 0;
  return (
    <Stack gap="md">
      <Panel title="Settings">
        {differs && (
          <Text size="sm" c="dimmed" mb="xs">
            As it runs on {space.name}; what does not come from the shared settings is marked.
          </Text>
        )}
        <HiddenNote settings={settings} />
        <SettingsView label="Settings" settings={settings} from={effective?.from} showFrom={differs} />
        <Text size="sm" c="dimmed" mt="sm" component="div">
          What is not listed has its default. Version {one.version}, changed <Time value={one.updated_at} />, made{" "}
          <Time value={one.created_at} />.
        </Text>
      </Panel>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Panel title="As JSON">
          <Text size="sm" c="dimmed" mb="xs">
            The custom template: it makes the same integration elsewhere.
          </Text>
          <TextBlock text={printSettings(settings)} label="Settings as JSON" maxHeight={460} />
        </Panel>
        <Panel title="Example device firmware">
          <Text size="sm" c="dimmed" mb="xs">
            For Device OS: publishes an event that fires this integration once a minute.
          </Text>
          <TextBlock text={firmwareOf(one)} label="Device code" maxHeight={460} />
        </Panel>
      </SimpleGrid>
    </Stack>
  );
}
