package outbox_test

import (
	"testing"

	"correctiond/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
