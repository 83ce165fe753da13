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
