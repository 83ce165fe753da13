// What a dashboard may hold, by Grafana's own description of it; the panels' options too, which that leaves open.
import type * as grafana from "@grafana/schema";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as table from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type * as timeseries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

interface Query extends grafana.DataQuery {
  datasource: grafana.DataSourceRef;
  expr: string;
  legendFormat: string;
  instant: boolean;
  range: boolean;
  format?: "time_series" | "table" | "heatmap";
}

interface Described<Type extends string, Options, Custom> extends Omit<grafana.Panel, "fieldConfig" | "options" | "targets"> {
  id: number;
  type: Type;
  title: string;
  description: string;
  datasource: grafana.DataSourceRef;
  gridPos: grafana.GridPos;
  targets: Query[];
  options: Options;
  fieldConfig: { defaults: Omit<grafana.FieldConfig, "custom"> & { custom?: Custom }; overrides: Override[] };
}

interface Override {
  matcher: grafana.MatcherConfig;
  properties: { id: string; value: unknown }[];
}

type Panel =
  | Described<"stat", stat.Options, never>
  | Described<"table", table.Options, table.FieldConfig>
  | Described<"timeseries", timeseries.Options, timeseries.FieldConfig>;

// JSON has no enums: what Grafana declares as one is written as its value.
type Written<T> = T extends string
  ? `${T}`
  : T extends number
    ? T | (`${T}` extends `${infer N extends number}` ? N : never)
    : T extends boolean | null | undefined
      ? T
      : T extends (infer Item)[]
        ? Written<Item>[]
        : T extends object
          ? { [Name in keyof T]: Written<T[Name]> }
          : T;

export type Dashboard = Written<Omit<grafana.Dashboard, "panels">> & {
  uid: string;
  title: string;
  panels: Written<Panel | grafana.RowPanel>[];
};
