import type { EChartsCoreOption, EChartsType } from "echarts";
import { init } from "echarts";
import { scaleTokens } from "./curve.js";
import type { Figures } from "./figures.js";
import { operations, titles } from "./measurement.js";
import { presentSides } from "./report.js";

// Colours that people with colour blindness tell apart (Okabe and Ito).
const color = ["#0072b2", "#999999", "#d55e00", "#cc79a7", "#009e73", "#e69f00"];
const plain = (title: string) => title.replaceAll("`", "");

/** Bars: each command, each side. */
export function barChart(figures: Figures, tokens: number): string {
  const sides = presentSides(figures);
  return svg({
    title: { text: `Wall time, ${tokens} tokens, no latency`, left: "center" },
    xAxis: { type: "category", data: operations.map((operation) => plain(titles[operation])) },
    yAxis: { type: "value", name: "seconds" },
    series: sides.map((side) => ({
      type: "bar",
      name: side,
      data: operations.map((operation) => rounded(figures.seconds(side, operation, tokens))),
      label: { show: true, position: "top", fontSize: 9 },
    })),
  });
}

/** Lines: how each command's time grows with the tokens of one stack. */
export function lineChart(figures: Figures): string {
  const counts = scaleTokens(figures);
  return svg({
    title: { text: "Wall time by tokens in one stack", left: "center" },
    xAxis: {
      type: "log",
      name: "tokens",
      min: counts[0],
      max: counts.at(-1),
      nameLocation: "middle",
      nameGap: 24,
    },
    yAxis: { type: "log", name: "seconds" },
    series: operations
      .map((operation) => ({
        type: "line",
        name: plain(titles[operation]),
        data: counts.flatMap((tokens) => {
          const value = rounded(figures.seconds("ours", operation, tokens));
          return value === undefined ? [] : [[tokens, value]];
        }),
        label: { show: true, formatter: "{@[1]}", fontSize: 9 },
      }))
      .filter(({ data }) => data.length > 0),
  });
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(3));
}

function svg(option: EChartsCoreOption): string {
  const chart: EChartsType = init(null, null, { renderer: "svg", ssr: true, width: 860, height: 420 });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      color,
      legend: { bottom: 0 },
      grid: { left: 60, right: 30, top: 60, bottom: 70 },
      ...option,
    });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}
