//! `[payment]`: what the exit takes, and the programs that charge what is not cash.

use crate::domain::payment::Method;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Payment {
    /// In the order they are offered.
    pub methods: Vec<Method>,
    pub qris: Adapter,
    pub emoney: Adapter,
}

impl Default for Payment {
    fn default() -> Self {
        Self { methods: vec![Method::Cash], qris: Adapter::default(), emoney: Adapter::default() }
    }
}

/// A program that is given an amount and says what became of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adapter {
    /// Empty: the cashier looks at the customer's proof.
    pub command: Vec<String>,
    /// For one charge, all in all.
    pub timeout_seconds: u16,
}

impl Default for Adapter {
    fn default() -> Self {
        Self { command: Vec::new(), timeout_seconds: 120 }
    }
}

impl Payment {
    /// Whatever else is taken, cash is: a dead network must not keep a car in.
    pub fn offered(&self) -> Vec<Method> {
        let mut methods = Vec::with_capacity(self.methods.len() + 1);
        for method in self.methods.iter().copied().chain([Method::Cash]) {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        methods
    }

    pub fn adapter(&self, method: Method) -> Option<&Adapter> {
        let adapter = match method {
            Method::Cash => return None,
            Method::Qris => &self.qris,
            Method::EMoney => &self.emoney,
        };
        Some(adapter).filter(|adapter| !adapter.command.is_empty())
    }
}
