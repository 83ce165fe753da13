"""PassTime: GPS devices read by dealer and serial number, or from exports of the portal."""
