const WIDTH = 480;
const HEIGHT = 260;
const MARGIN = 20;
const LEAST_SPAN = 0.01;

const inWords = (number) => number.toFixed(1);

/**
 * Draw places (`{latitude, longitude}` in degrees) on a sheet of 480 by 260: gives a function from a place to `{x, y}`,
 * north up, one scale in both directions. A degree of longitude is shorter the farther a place is from the equator.
 */
export const projection = (places) => {
    const latitudes = places.map(({ latitude }) => latitude);
    const north = Math.max(...latitudes);
    const south = Math.min(...latitudes);
    const shrink = Math.cos((((north + south) / 2) * Math.PI) / 180);
    const eastings = places.map(({ longitude }) => longitude * shrink);
    const west = Math.min(...eastings);
    const east = Math.max(...eastings);
    const scale = Math.min(
        (WIDTH - 2 * MARGIN) / Math.max(east - west, LEAST_SPAN),
        (HEIGHT - 2 * MARGIN) / Math.max(north - south, LEAST_SPAN)
    );
    return ({ latitude, longitude }) => ({
        x: inWords(WIDTH / 2 + (longitude * shrink - (east + west) / 2) * scale),
        y: inWords(HEIGHT / 2 - (latitude - (north + south) / 2) * scale)
    });
};

/** The path of an outline (rings of `[latitude, longitude]`) on the sheet, and whether any of it may be in view. */
export const outlined = (rings, drawn) => {
    const points = rings.map((ring) => ring.map(([latitude, longitude]) => drawn({ latitude, longitude })));
    const all = points.flat().map(({ x, y }) => [Number(x), Number(y)]);
    const between = (at, most) => Math.min(...all.map((each) => each[at])) <= most && Math.max(...all.map((each) => each[at])) >= 0;
    return {
        path: points.map((ring) => `M ${ring.map(({ x, y }) => `${x} ${y}`).join(' L ')}`).join(' '),
        inView: all.length > 0 && between(0, WIDTH) && between(1, HEIGHT)
    };
};
