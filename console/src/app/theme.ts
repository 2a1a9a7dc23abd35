// Colours and sizes. Contrast is at least 4.5 to 1 for text in both themes; the accessibility tests hold that.
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const fleet: MantineColorsTuple = [
  "#e6f7f4",
  "#cdebe6",
  "#9bd8ce",
  "#66c4b5",
  "#3fb4a2",
  "#26a892",
  "#128a78",
  "#0b6e63",
  "#075a51",
  "#034a42",
];

// Cool greys, for the dark theme: text, borders, fields, panels, page.
const dark: MantineColorsTuple = [
  "#d3dae1",
  "#b3bcc6",
  "#929caa",
  "#76818d",
  "#434d58",
  "#343d47",
  "#262d35",
  "#1b2026",
  "#15191e",
  "#101317",
];

export const theme = createTheme({
  colors: { fleet, dark },
  primaryColor: "fleet",
  primaryShade: { light: 7, dark: 7 },
  autoContrast: false,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  components: {
    Table: { defaultProps: { horizontalSpacing: "md" } },
    // An empty place that takes the focus is no item of a menu.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    // A cross alone says nothing to those who do not see it.
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
  },
  headings: { sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.15rem" }, h3: { fontSize: "1rem" } } },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    "--chart-success": "#2f7ed8",
    "--chart-error": "#d64545",
    "--chart-sleep": "#98a2ad",
    "--chart-cancelled": "#b07d2b",
  },
  light: {
    "--mantine-color-dimmed": "#5b6570",
    "--mantine-color-placeholder": "#68727d",
    "--mantine-color-error": "#c02626",
    "--mantine-color-anchor": "#0b6e63",
    // Text of light badges and buttons: Mantine's own are below 4.5 to 1 at their size.
    "--mantine-color-green-light-color": "#1c5e2c",
    "--mantine-color-red-light-color": "#b02020",
    "--mantine-color-yellow-light-color": "#7a4b00",
    "--mantine-color-blue-light-color": "#14568f",
    "--mantine-color-gray-light-color": "#4b5560",
    "--panel": "#ffffff",
    "--page": "#f6f8f9",
    "--line": "#dfe4e8",
  },
  dark: {
    "--mantine-color-body": "#15191e",
    "--mantine-color-dimmed": "#a3adb8",
    "--mantine-color-placeholder": "#929caa",
    "--mantine-color-error": "#ff8a8a",
    "--mantine-color-anchor": "#5fcbbb",
    "--mantine-color-red-outline": "#ff8a8a",
    "--panel": "#1b2026",
    "--page": "#13171b",
    "--line": "#2d343c",
    "--chart-success": "#5aa2f0",
    "--chart-error": "#f07070",
    "--chart-sleep": "#77818c",
    "--chart-cancelled": "#d0a458",
  },
});
