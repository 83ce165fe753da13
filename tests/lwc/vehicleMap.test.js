import { graphql } from 'lightning/graphql';
import { getRecord } from 'lightning/uiRecordApi';
import VehicleMap from 'c/vehicleMap';
import { outlined, projection } from '../../salesforce/force-app/main/default/lwc/vehicleMap/drawing';
import { all, answer, clear, drawn, find, list, show, words } from './page';

const DEVICE = {
    Id: 'd1',
    Name: '77001',
    Vendor__c: 'PassTime',
    Last_Report__c: '2026-03-02T11:00:00.000Z',
    Latitude__c: 32.8,
    Longitude__c: -96.8,
    Address__c: 'Dallas, TX',
    Moving_Status__c: 'Stopped'
};

const position = (place) => ({ Id: `p${place}`, GPS_Device__c: 'd1', Latitude__c: 32.8 + place / 100, Longitude__c: -96.8 });

const given = (devices, positions = []) => answer({ GPS_Device__c: list(devices), GPS_Position__c: list(positions) });

const onVehicle = () => show('c-vehicle-map', VehicleMap, { recordId: 'v1', objectApiName: 'Vehicle__c' });

const YARD = { Id: 'f1', Name: 'Dallas', Kind__c: 'Yard', Outline__c: '[[[32.7,-96.9],[32.7,-96.7],[32.9,-96.7],[32.7,-96.9]]]' };

afterEach(clear);

test('it draws where the vehicle is and the way that it came', async () => {
    const element = onVehicle();
    graphql.emit(given([DEVICE], [position(1), position(2)]));
    await drawn();
    expect(all(element, 'circle')).toHaveLength(1);
    expect(find(element, 'polyline').getAttribute('points').split(' ')).toHaveLength(3);
    expect(words(element)).toContain('PassTime 77001');
    expect(words(element)).toContain('Dallas, TX');
    expect(find(element, 'lightning-relative-date-time').value).toEqual(new Date(DEVICE.Last_Report__c));
});

test('north is up and west is left, whatever the scale', () => {
    const places = [{ latitude: 33, longitude: -97 }, { latitude: 32, longitude: -96 }];
    const [first, second] = places.map(projection(places));
    expect(Number(first.y)).toBeLessThan(Number(second.y));
    expect(Number(first.x)).toBeLessThan(Number(second.x));
    const [alone] = [places[0]].map(projection([places[0]]));
    expect(alone).toEqual({ x: '240.0', y: '130.0' });
});

test('a device without a place is told and not drawn', async () => {
    const element = onVehicle();
    graphql.emit(given([{ ...DEVICE, Last_Report__c: null, Latitude__c: null, Longitude__c: null }]));
    await drawn();
    expect(find(element, 'svg')).toBeNull();
    expect(words(element)).toContain('Has never reported');
});

test('two hundred positions are one line', async () => {
    const element = onVehicle();
    graphql.emit(given([DEVICE], Array.from({ length: 200 }, (_, at) => position(at))));
    await drawn();
    expect(all(element, 'polyline')).toHaveLength(1);
});

test('it waits, tells a refusal, and says when there is no device', async () => {
    const element = onVehicle();
    expect(find(element, 'lightning-spinner')).not.toBeNull();
    graphql.emitErrors([{ message: 'No access.' }]);
    await drawn();
    expect(find(element, '[role="alert"]').textContent).toContain('No access.');
    graphql.emit(given([]));
    await drawn();
    expect(words(element)).toContain('No GPS device is known');
});

test('geofences in view are drawn and told, others and broken ones are not', async () => {
    const element = onVehicle();
    getRecord.emit({ fields: { Lease_Account__c: { value: 'a01' } } });
    await drawn();
    graphql.emit({
        ...given([DEVICE], [position(1), position(20)]),
        uiapi: { query: {
            GPS_Device__c: list([DEVICE]), GPS_Position__c: list([position(1), position(20)]),
            Geofence__c: list([
                YARD, { ...YARD, Id: 'f2', Name: 'Seattle', Outline__c: '[[[47.5,-122.4],[47.7,-122.2],[47.5,-122.4]]]' },
                { ...YARD, Id: 'f3', Name: 'Broken', Outline__c: 'no JSON' }, { ...YARD, Id: 'f4', Name: 'None', Outline__c: null }
            ])
        } }
    });
    await drawn();
    expect(all(element, 'path').map((each) => each.getAttribute('class'))).toEqual(['fence yard']);
    expect(find(element, '.legend').textContent).toBe('Dallas (Yard)');
});

test('the fences of all accounts and of the vehicle\'s own are asked for', async () => {
    onVehicle();
    getRecord.emit({ fields: { Lease_Account__c: { value: 'a01' } } });
    await drawn();
    expect(graphql.getLastConfig().variables).toEqual({ accountId: 'a01', first: 200 });
});

test('an outline is one path, each ring of it by itself', () => {
    const drawnAt = ({ latitude, longitude }) => ({ x: `${longitude}`, y: `${latitude}` });
    const rings = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]];
    expect(outlined(rings, drawnAt)).toEqual({ path: 'M 2 1 L 4 3 M 6 5 L 8 7', inView: true });
    expect(outlined([[[-9, -9], [-1, -1]]], drawnAt).inView).toBe(false);
    expect(outlined([], drawnAt)).toEqual({ path: '', inView: false });
});
