import { wire } from 'lwc';
import { gql, graphql } from 'lightning/graphql';
import LeaseAccountElement from 'c/leaseAccountElement';
import { reasonsOf, recordsOf, valueOf } from 'c/readings';
import { outlined, projection } from './drawing';

const POSITIONS = 200;

const placeOf = (record) => ({
    latitude: valueOf(record, 'Latitude__c'),
    longitude: valueOf(record, 'Longitude__c')
});

const isKnown = ({ latitude, longitude }) => latitude !== null && longitude !== null;

const ringsOf = (text) => {
    try {
        return JSON.parse(text ?? '[]');
    } catch {
        return [];
    }
};

/** Where a vehicle is by each of its GPS devices, how old the report is, its last 200 positions, and geofences (P07). */
export default class VehicleMap extends LeaseAccountElement {
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

    @wire(graphql, {
        query: gql`
            query vehicleFences($accountId: ID, $first: Int) {
                uiapi {
                    query {
                        Geofence__c(
                            where: { Active__c: { eq: true }, or: [{ Lease_Account__c: { eq: null } }, { Lease_Account__c: { eq: $accountId } }] }
                            orderBy: { Name: { order: ASC, nulls: LAST } }
                            first: $first
                        ) {
                            edges {
                                node {
                                    Id
                                    Name { value }
                                    Kind__c { value }
                                    Outline__c { value }
                                }
                            }
                        }
                    }
                }
            }
        `,
        variables: '$fenceVariables'
    })
    ofFences;

    get fenceVariables() {
        return this.accountId === undefined ? undefined : { accountId: this.accountId, first: POSITIONS };
    }

    get fenceReason() {
        return reasonsOf(this.ofFences?.errors);
    }

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

    fencesOn(drawn) {
        return recordsOf(this.ofFences?.data, 'Geofence__c')
            .map((record) => {
                const kind = valueOf(record, 'Kind__c') ?? '';
                const { path, inView } = outlined(ringsOf(valueOf(record, 'Outline__c')), drawn);
                return { id: record.Id, name: valueOf(record, 'Name'), kind, path, inView, class: `fence ${kind.toLowerCase()}` };
            })
            .filter(({ inView }) => inView);
    }

    get fences() {
        return this.sheet?.fences ?? [];
    }

    get hasFences() {
        return this.fences.length > 0;
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
            fences: this.fencesOn(drawn),
            label: `Map without roads, north up. Positions: ${this.positions.length}. Devices: ${this.devices.length}.`
        };
    }
}
