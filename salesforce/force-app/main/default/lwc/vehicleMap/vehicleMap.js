import { LightningElement, api, wire } from 'lwc';
import { gql, graphql } from 'lightning/graphql';
import { reasonsOf, recordsOf, valueOf } from 'c/readings';
import { projection } from './drawing';

const POSITIONS = 200;

const placeOf = (record) => ({
    latitude: valueOf(record, 'Latitude__c'),
    longitude: valueOf(record, 'Longitude__c')
});

const isKnown = ({ latitude, longitude }) => latitude !== null && longitude !== null;

/** Where a vehicle is by each of its GPS devices, how old the report is, and its last 200 positions (P07). */
export default class VehicleMap extends LightningElement {
    @api recordId;

    @wire(graphql, {
        query: gql`
            query vehicleMap($vehicleId: ID, $positions: Int) {
                uiapi {
                    query {
                        GPS_Device__c(
                            where: { Vehicle__c: { eq: $vehicleId } }
                            orderBy: { Last_Report__c: { order: DESC, nulls: LAST } }
                            first: 10
                        ) {
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Vendor__c { value }
                                    Last_Report__c { value }
                                    Latitude__c { value }
                                    Longitude__c { value }
                                    Address__c { value }
                                    Moving_Status__c { value }
                                }
                            }
                        }
                        GPS_Position__c(
                            where: { GPS_Device__r: { Vehicle__c: { eq: $vehicleId } } }
                            orderBy: { Reported__c: { order: DESC, nulls: LAST } }
                            first: $positions
                        ) {
                            edges {
                                node {
                                    Id
                                    GPS_Device__c { value }
                                    Latitude__c { value }
                                    Longitude__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `,
        variables: '$variables'
    })
    answer;

    get variables() {
        return this.recordId ? { vehicleId: this.recordId, positions: POSITIONS } : undefined;
    }

    get reason() {
        return reasonsOf(this.answer?.errors);
    }

    get isLoading() {
        return !this.reason && !this.answer?.data;
    }

    get devices() {
        return recordsOf(this.answer?.data, 'GPS_Device__c').map((record) => {
            const reported = valueOf(record, 'Last_Report__c');
            const place = placeOf(record);
            return {
                id: record.Id,
                name: `${valueOf(record, 'Vendor__c')} ${valueOf(record, 'Name')}`,
                reported: reported ? new Date(reported) : null,
                status: valueOf(record, 'Moving_Status__c'),
                address: valueOf(record, 'Address__c'),
                place,
                coordinates: isKnown(place) ? `${place.latitude}, ${place.longitude}` : ''
            };
        });
    }

    get hasDevices() {
        return this.devices.length > 0;
    }

    get positions() {
        return recordsOf(this.answer?.data, 'GPS_Position__c')
            .map((record) => ({ device: valueOf(record, 'GPS_Device__c'), ...placeOf(record) }))
            .filter(isKnown);
    }

    /** The sheet: one line for each device's way, one point for where it last was; nothing while no place is known. */
    get sheet() {
        const last = this.devices.filter(({ place }) => isKnown(place));
        const places = [...this.positions, ...last.map(({ place }) => place)];
        if (!places.length) {
            return null;
        }
        const drawn = projection(places);
        const way = (id) => [
            ...last.filter((device) => device.id === id).map(({ place }) => place),
            ...this.positions.filter(({ device }) => device === id)
        ];
        const line = (id) => way(id).map(drawn).map(({ x, y }) => `${x},${y}`).join(' ');
        return {
            ways: this.devices.map(({ id }) => ({ id, points: line(id) })),
            points: last.map(({ id, place }) => ({ id, ...drawn(place) })),
            label: `Map without roads, north up. Positions: ${this.positions.length}. Devices: ${this.devices.length}.`
        };
    }
}
