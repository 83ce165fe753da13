import { graphql } from 'lightning/graphql';
import VehicleMap from 'c/vehicleMap';
import { projection } from '../../salesforce/force-app/main/default/lwc/vehicleMap/drawing';
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

const onVehicle = () => show('c-vehicle-map', VehicleMap, { recordId: 'v1' });

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
